using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Broker.Connections;

/// <summary>The properties that explain an outcome to a v5 client.</summary>
internal static class ReasonText
{
    /// <summary>The text, unless it is none that MQTT can carry: a plugin may have written it.</summary>
    public static string? Sendable(string? text) => text is not null && MqttString.IsValid(text) ? text : null;

    /// <summary>A reason string, if it can be sent, and where to go instead.</summary>
    public static MqttProperties With(string? text, string? serverReference = null)
    {
        string? sendable = Sendable(text);
        return sendable is null && serverReference is null
            ? MqttProperties.Empty
            : new MqttProperties { ReasonString = sendable, ServerReference = serverReference };
    }
}
