using System.Text;
using Amqtt.Broker.Routing;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Broker.Sessions;

/// <summary>Makes a message out of what was not received as a PUBLISH: a will, or what a plugin publishes.</summary>
internal static class MessageEncoder
{
    /// <summary>The message with its properties encoded as on the wire; what belongs to one hop (alias, identifiers, expiry) is left out.</summary>
    public static Message Encode(
        string topic, ReadOnlyMemory<byte> payload, MqttProperties properties, QoS qos, bool retain, long expiresAt, string? publisher, PluginOrigin? origin = null)
    {
        if (properties == MqttProperties.Empty)
            return new Message(Encoding.UTF8.GetBytes(topic), ReadOnlySpan<byte>.Empty, payload.Span, qos, retain, expiresAt, publisher, origin);
        var publish = new PublishPacket { Topic = topic, Payload = payload, QoS = QoS.AtMostOnce, Properties = properties };
        byte[] encoded = PacketCodec.Encode(publish, ProtocolVersion.V5);
        FrameHeader.TryRead(encoded, int.MaxValue, out FrameHeader header);
        var frame = new PublishFrame(ProtocolVersion.V5, header.FirstByte, encoded.AsSpan(header.HeaderLength), fromClient: false);
        return new Message(frame.Topic, frame.Properties, frame.Payload, qos, retain, expiresAt, publisher, origin);
    }
}
