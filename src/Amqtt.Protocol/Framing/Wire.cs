using System.Buffers;
using System.Buffers.Binary;

namespace Amqtt.Protocol;

/// <summary>
/// The data types of section 1.5, over spans. Writers return the number of bytes written and, like readers of fixed
/// width, throw <see cref="ArgumentOutOfRangeException"/> or <see cref="ArgumentException"/> when the span is too short: sizes are the caller's business.
/// </summary>
public static class Wire
{
    /// <summary>The largest value of a Variable Byte Integer, and so the largest Remaining Length: 256 MiB - 1.</summary>
    public const int MaxVariableByteInteger = 268_435_455;

    /// <summary>The longest string or binary field in bytes.</summary>
    public const int MaxFieldLength = ushort.MaxValue;

    /// <summary>The number of bytes, 1 to 4, that <paramref name="value"/> takes as a Variable Byte Integer.</summary>
    public static int VariableByteIntegerLength(int value) => value switch
    {
        < 0x80 => 1,
        < 0x4000 => 2,
        < 0x20_0000 => 3,
        _ => 4,
    };

    /// <summary>Writes <paramref name="value"/> in the shortest form [MQTT-1.5.5-1].</summary>
    /// <param name="destination">At least <see cref="VariableByteIntegerLength"/> bytes.</param>
    /// <param name="value">0 to <see cref="MaxVariableByteInteger"/>.</param>
    public static int WriteVariableByteInteger(Span<byte> destination, int value)
    {
        if ((uint)value > MaxVariableByteInteger) ThrowOutOfRange(value);
        var length = 0;
        while (value >= 0x80)
        {
            destination[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        destination[length++] = (byte)value;
        return length;
    }

    /// <summary>Reads a Variable Byte Integer from the start of <paramref name="source"/>.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="value">The value, 0 when the result is false.</param>
    /// <param name="length">The number of bytes read, 0 when the result is false.</param>
    /// <returns>False when <paramref name="source"/> ends inside the integer.</returns>
    /// <exception cref="CodecException">More than four bytes, or not the shortest form: <see cref="ReasonCode.MalformedPacket"/>.</exception>
    public static bool TryReadVariableByteInteger(ReadOnlySpan<byte> source, out int value, out int length)
    {
        var status = ReadVariableByteInteger(source, out value, out length);
        if (status == OperationStatus.InvalidData) ThrowInvalid();
        return status == OperationStatus.Done;
    }

    /// <summary>The same for callers that word their own error.</summary>
    internal static OperationStatus ReadVariableByteInteger(ReadOnlySpan<byte> source, out int value, out int length)
    {
        value = 0;
        length = 0;
        for (int i = 0, result = 0; i < source.Length; i++)
        {
            var b = source[i];
            result |= (b & 0x7F) << (7 * i);
            if (b < 0x80)
            {
                if (b == 0 && i > 0) return OperationStatus.InvalidData;
                value = result;
                length = i + 1;
                return OperationStatus.Done;
            }

            if (i == 3) return OperationStatus.InvalidData;
        }

        return OperationStatus.NeedMoreData;
    }

    /// <summary>Writes a Two Byte Integer.</summary>
    public static int WriteUInt16(Span<byte> destination, ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination, value);
        return sizeof(ushort);
    }

    /// <summary>Writes a Four Byte Integer.</summary>
    public static int WriteUInt32(Span<byte> destination, uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, value);
        return sizeof(uint);
    }

    /// <summary>Reads a Two Byte Integer.</summary>
    public static ushort ReadUInt16(ReadOnlySpan<byte> source) => BinaryPrimitives.ReadUInt16BigEndian(source);

    /// <summary>Reads a Four Byte Integer.</summary>
    public static uint ReadUInt32(ReadOnlySpan<byte> source) => BinaryPrimitives.ReadUInt32BigEndian(source);

    /// <summary>Writes a UTF-8 string that is already encoded: its length in two bytes, then its bytes.</summary>
    /// <param name="destination">At least two bytes more than <paramref name="utf8"/>.</param>
    /// <param name="utf8">At most <see cref="MaxFieldLength"/> bytes; not validated.</param>
    public static int WriteString(Span<byte> destination, ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > MaxFieldLength) ThrowOutOfRange(utf8.Length);
        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)utf8.Length);
        utf8.CopyTo(destination[sizeof(ushort)..]);
        return sizeof(ushort) + utf8.Length;
    }

    /// <summary>Writes Binary Data: its length in two bytes, then its bytes.</summary>
    public static int WriteBinary(Span<byte> destination, ReadOnlySpan<byte> data) => WriteString(destination, data);

    private static void ThrowOutOfRange(int value) =>
        throw new ArgumentOutOfRangeException(nameof(value), value, "Does not fit the field.");

    private static void ThrowInvalid() =>
        throw new CodecException(ReasonCode.MalformedPacket, "a variable byte integer has one to four bytes, the last below 0x80, and is written in the shortest form.");
}
