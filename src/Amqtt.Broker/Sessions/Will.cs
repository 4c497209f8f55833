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
        var publish = new PublishPacket { Topic = will.Topic, Payload = will.Payload, QoS = QoS.AtMostOnce, Properties = PublishProperties(will.Properties) };
        byte[] encoded = PacketCodec.Encode(publish, ProtocolVersion.V5);
        FrameHeader.TryRead(encoded, int.MaxValue, out FrameHeader header);
        PublishFrame frame = PublishFrame.Parse(ProtocolVersion.V5, header.FirstByte, encoded.AsSpan(header.HeaderLength));
        byte[] properties = new byte[frame.Properties.ForwardLength];
        frame.Properties.CopyForwardTo(properties);
        var message = new Message(frame.Topic, properties, frame.Payload, will.QoS, will.Retain, publisherClientId: clientId);
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
