using System.Buffers;
using System.Text.Unicode;

namespace Amqtt.Protocol.Packets;

/// <summary>Collects the body of a packet, whose length must be known before its first byte can be sent.</summary>
internal sealed class BodyWriter(PacketType packet) : IDisposable
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(512);
    private int _length;

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    public void Byte(byte value)
    {
        Reserve(1)[0] = value;
        _length++;
    }

    public void UInt16(ushort value) => _length += Wire.WriteUInt16(Reserve(sizeof(ushort)), value);

    public void UInt32(uint value) => _length += Wire.WriteUInt32(Reserve(sizeof(uint)), value);

    public void VariableByteInteger(uint value)
    {
        if (value > Wire.MaxVariableByteInteger) Fail($"{value} does not fit a variable byte integer.");
        _length += Wire.WriteVariableByteInteger(Reserve(4), (int)value);
    }

    public void Raw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        _length += bytes.Length;
    }

    public void Binary(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > Wire.MaxFieldLength) Fail($"a field of {bytes.Length} bytes; at most {Wire.MaxFieldLength} fit.");
        _length += Wire.WriteBinary(Reserve(sizeof(ushort) + bytes.Length), bytes);
    }

    public void String(string text)
    {
        if (text.Length > Wire.MaxFieldLength) Fail($"a text of {text.Length} characters; at most {Wire.MaxFieldLength} bytes fit.");
        const int maxBytesPerChar = 3;
        var destination = Reserve(sizeof(ushort) + (text.Length * maxBytesPerChar));
        if (Utf8.FromUtf16(text, destination[sizeof(ushort)..], out _, out var written, replaceInvalidSequences: false) != OperationStatus.Done)
            Fail("a text holds half a surrogate pair.");
        if (written > Wire.MaxFieldLength) Fail($"a text of {written} bytes; at most {Wire.MaxFieldLength} fit.");
        _length += Wire.WriteUInt16(destination, (ushort)written) + written;
    }

    /// <summary>Writes what <paramref name="write"/> writes, preceded by its length as a Variable Byte Integer.</summary>
    public void WithLength<T>(T state, Action<BodyWriter, T> write)
    {
        var start = _length;
        write(this, state);
        var length = _length - start;

        // The length takes one byte nearly always, but it is known only now: make room by moving what was written.
        var lengthBytes = Wire.VariableByteIntegerLength(length);
        Reserve(lengthBytes);
        _buffer.AsSpan(start, length).CopyTo(_buffer.AsSpan(start + lengthBytes));
        Wire.WriteVariableByteInteger(_buffer.AsSpan(start), length);
        _length += lengthBytes;
    }

    private Span<byte> Reserve(int count)
    {
        if (count > Wire.MaxVariableByteInteger - _length) FailTooLarge();
        if (_buffer.Length - _length < count) Grow(count);
        return _buffer.AsSpan(_length);
    }

    private void Grow(int count)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + count, _buffer.Length * 2));
        Written.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    private void FailTooLarge() =>
        CodecError.TooLarge($"{packet.Name()} cannot be encoded: more than {Wire.MaxVariableByteInteger} bytes follow the fixed header.");

    private void Fail(string problem) => throw new CodecException(ReasonCode.MalformedPacket, $"{packet.Name()} cannot be encoded: {problem}");
}
