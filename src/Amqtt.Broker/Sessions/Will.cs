using Amqtt.Broker.Routing;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Broker.Sessions;

/// <summary>A will as it waits: encoded like any other message, with its delay and its life once it is sent.</summary>
/// <param name="Message">The message.</param>
/// <param name="Delay">How long after the connection's end it is sent [MQTT-3.1.3-9].</param>
/// <param name="MessageExpiry">Its message expiry, counted from when it is sent; null = never.</param>
internal sealed record Will(Message Message, TimeSpan Delay, TimeSpan? MessageExpiry)
{
    /// <summary>The will of a CONNECT; null if it has none.</summary>
    public static Will? From(WillMessage? will, string clientId)
    {
        if (will is null) return null;
        Message message = MessageEncoder.Encode(will.Topic, will.Payload, PublishProperties(will.Properties), will.QoS, will.Retain, long.MaxValue, clientId);
        TimeSpan? expiry = will.Properties.MessageExpiryInterval is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        return new Will(message, TimeSpan.FromSeconds(will.Properties.WillDelayInterval ?? 0), expiry);
    }

    private static MqttProperties PublishProperties(MqttProperties will) => new()
    {
        PayloadFormatIndicator = will.PayloadFormatIndicator,
        ContentType = will.ContentType,
        ResponseTopic = will.ResponseTopic,
        CorrelationData = will.CorrelationData,
        UserProperties = will.UserProperties,
    };
}
