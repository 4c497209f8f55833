using System.Buffers;

namespace Amqtt.Protocol.Packets;

/// <summary>Turns packets into objects and back, for every packet of 3.1, 3.1.1 and 5.0 in both directions. Safe on any thread.</summary>
public static class PacketCodec
{
    /// <summary>Decodes and validates one packet.</summary>
    /// <param name="version">The version of the connection; CONNECT brings its own.</param>
    /// <param name="firstByte">The first byte of the packet.</param>
    /// <param name="body">What follows the fixed header, all of it.</param>
    /// <param name="sender">Who sent it; what only the other side may send is then a protocol error.</param>
    /// <param name="limits">Bounds on what is turned into objects; none if null.</param>
    /// <exception cref="CodecException">The packet is not valid.</exception>
    public static MqttPacket Decode(
        ProtocolVersion version, byte firstByte, ReadOnlySpan<byte> body, PacketSender sender = PacketSender.Either, DecoderLimits? limits = null)
    {
        var header = new FrameHeader(firstByte, body.Length);
        if (header.Type != PacketType.Connect) header.ValidateFlags(version); // a CONNECT is judged by its own version
        if (!MaySend(sender, header.Type, version)) CodecError.Protocol(header.Type, 0, "this packet travels in the other direction.", version);
        return PacketDecoder.Decode(firstByte, header.Type, body, version, sender, limits ?? DecoderLimits.Unlimited);
    }

    /// <summary>Encodes a packet in its shortest form for a connection of that version; CONNECT for its own.</summary>
    /// <remarks>What the version does not have (properties, reason codes, subscription options) is left out or translated to its nearest counterpart.</remarks>
    /// <exception cref="CodecException">A receiver would refuse the packet; nothing is written then.</exception>
    public static void Encode(MqttPacket packet, ProtocolVersion version, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(packet);
        ArgumentNullException.ThrowIfNull(output);

        using var body = new BodyWriter(packet.Type);
        var firstByte = PacketEncoder.Write(packet, version, body);
        Verify(firstByte, packet.Type, body.Written, version);

        const int maxHeader = 5;
        var header = output.GetSpan(maxHeader);
        header[0] = firstByte;
        output.Advance(1 + Wire.WriteVariableByteInteger(header[1..], body.Written.Length));
        output.Write(body.Written);
    }

    /// <summary>Encodes a packet into an array of its own.</summary>
    /// <inheritdoc cref="Encode(MqttPacket, ProtocolVersion, IBufferWriter{byte})"/>
    public static byte[] Encode(MqttPacket packet, ProtocolVersion version)
    {
        var output = new ArrayBufferWriter<byte>();
        Encode(packet, version, output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Reads back what was written, so that the rules for a valid packet exist once and we never send what we would refuse.</summary>
    private static void Verify(byte firstByte, PacketType type, ReadOnlySpan<byte> body, ProtocolVersion version)
    {
        new FrameHeader(firstByte, body.Length).ValidateFlags(version);
        switch (type)
        {
            // The frequent ones have a reader that makes no objects.
            case PacketType.Publish:
                _ = new PublishFrame(version, firstByte, body, PacketSender.Either);
                break;
            case PacketType.PubAck or PacketType.PubRec or PacketType.PubRel or PacketType.PubComp:
                AckFrame.Parse(version, type, body);
                break;
            default:
                PacketDecoder.Decode(firstByte, type, body, version, PacketSender.Either, DecoderLimits.Unlimited);
                break;
        }
    }

    private static bool MaySend(PacketSender sender, PacketType type, ProtocolVersion version) => sender switch
    {
        PacketSender.Client => type is not (PacketType.ConnAck or PacketType.SubAck or PacketType.UnsubAck or PacketType.PingResp),
        PacketSender.Server => type is not (PacketType.Connect or PacketType.Subscribe or PacketType.Unsubscribe or PacketType.PingReq)
            && (type != PacketType.Disconnect || version == ProtocolVersion.V5),
        _ => true,
    };
}
