using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Broker.Connections;

/// <summary>The properties that explain an outcome to a v5 client.</summary>
internal static class ReasonText
{
    /// <summary>A reason string, unless it is none that a client would take (a plugin may have written it), and where to go instead.</summary>
    public static MqttProperties With(string? text, string? serverReference = null)
    {
        bool isSendable = text is not null && MqttString.IsValid(text);
        if (!isSendable && serverReference is null) return MqttProperties.Empty;
        return new MqttProperties { ReasonString = isSendable ? text : null, ServerReference = serverReference };
    }
}
