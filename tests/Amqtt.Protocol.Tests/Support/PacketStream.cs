using Amqtt.Protocol.Packets;

namespace Amqtt.Protocol.Tests.Support;

/// <summary>Reads packets from a byte stream that arrives in chunks, as a connection does.</summary>
internal sealed class PacketStream(ProtocolVersion version, int maxPacketSize = int.MaxValue)
{
    private readonly List<byte> _buffer = [];

    /// <summary>Adds a chunk and returns the packets that are complete now.</summary>
    public List<MqttPacket> Add(ReadOnlySpan<byte> chunk)
    {
        foreach (var b in chunk) _buffer.Add(b);
        var packets = new List<MqttPacket>();
        var bytes = _buffer.ToArray();
        var position = 0;
        while (FrameHeader.TryRead(bytes.AsSpan(position), maxPacketSize, out var header) && bytes.Length - position >= header.TotalLength)
        {
            packets.Add(PacketCodec.Decode(version, header.FirstByte, bytes.AsSpan(position + header.HeaderLength, header.RemainingLength)));
            position += header.TotalLength;
        }

        _buffer.RemoveRange(0, position);
        return packets;
    }

    /// <summary>The packet in these bytes, which hold exactly one.</summary>
    public static MqttPacket DecodeOne(ProtocolVersion version, byte[] wire, PacketSender sender = PacketSender.Either, DecoderLimits? limits = null)
    {
        Assert.True(FrameHeader.TryRead(wire, int.MaxValue, out var header));
        Assert.Equal(wire.Length, header.TotalLength);
        return PacketCodec.Decode(version, header.FirstByte, wire.AsSpan(header.HeaderLength), sender, limits);
    }
}
