using System.Buffers.Binary;

namespace Amqtt.Cli.Commands.Clients.Bench;

/// <summary>The first 16 bytes of a payload of <c>bench pub</c>: a mark, and the moment at which the message was due.</summary>
internal static class Stamp
{
    public const int Length = 16;
    private const ulong Mark = 0x616D71_7474_62656E;

    public static void Write(Span<byte> payload, DateTime due)
    {
        if (payload.Length < Length)
            return;
        BinaryPrimitives.WriteUInt64BigEndian(payload, Mark);
        BinaryPrimitives.WriteInt64BigEndian(payload[8..], due.Ticks);
    }

    public static bool TryRead(ReadOnlySpan<byte> payload, out DateTime due)
    {
        due = default;
        if (payload.Length < Length || BinaryPrimitives.ReadUInt64BigEndian(payload) != Mark)
            return false;
        var ticks = BinaryPrimitives.ReadInt64BigEndian(payload[8..]);
        if (ticks < DateTime.MinValue.Ticks || ticks > DateTime.MaxValue.Ticks)
            return false;
        due = new(ticks, DateTimeKind.Utc);
        return true;
    }
}
