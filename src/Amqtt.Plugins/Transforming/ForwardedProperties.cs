using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Plugins;

/// <summary>
/// Between the properties of a message as objects and as the bytes that are passed on unchanged: without topic alias, subscription identifiers and expiry.
/// The codec does the work, on a PUBLISH that has nothing else.
/// </summary>
internal static class ForwardedProperties
{
    private static readonly byte[] AnyTopic = [0, 1, (byte)'t'];

    /// <summary>The bytes as objects; the message expiry, which is kept apart, joins them.</summary>
    public static MqttProperties Decode(ReadOnlySpan<byte> forwarded, uint? messageExpiryInterval)
    {
        if (forwarded.IsEmpty && messageExpiryInterval is null) return MqttProperties.Empty;
        var length = forwarded.Length + (messageExpiryInterval is null ? 0 : 1 + sizeof(uint));
        var publish = new byte[AnyTopic.Length + Wire.VariableByteIntegerLength(length) + length];
        AnyTopic.CopyTo(publish, 0);
        var at = AnyTopic.Length + Wire.WriteVariableByteInteger(publish.AsSpan(AnyTopic.Length), length);
        if (messageExpiryInterval is { } seconds)
        {
            publish[at++] = (byte)PropertyId.MessageExpiryInterval;
            at += Wire.WriteUInt32(publish.AsSpan(at), seconds);
        }

        forwarded.CopyTo(publish.AsSpan(at));
        return ((PublishPacket)PacketCodec.Decode(ProtocolVersion.V5, (byte)PacketType.Publish << 4, publish)).Properties;
    }

    /// <summary>The bytes that are passed on; what only a will has is left out.</summary>
    public static byte[] Encode(MqttProperties properties)
    {
        var publish = new PublishPacket { Topic = "t", Properties = MessageProperties.Of(properties).ToMqtt() };
        var encoded = PacketCodec.Encode(publish, ProtocolVersion.V5);
        FrameHeader.TryRead(encoded, int.MaxValue, out var header);
        var frame = new PublishFrame(ProtocolVersion.V5, header.FirstByte, encoded.AsSpan(header.HeaderLength));
        var forwarded = new byte[frame.Properties.ForwardLength];
        frame.Properties.CopyForwardTo(forwarded);
        return forwarded;
    }
}
