using System.Buffers;

namespace Amqtt.Client.Connections;

/// <summary>
/// Packets that wait to be written, as one run of bytes: however many there are, they go out in one write. Not thread-safe; the client's gate guards it.
/// </summary>
internal sealed class OutputBuffer : IBufferWriter<byte>
{
    private const int Usual = 16 * 1024;
    private byte[] _bytes = [];
    private int _length;

    /// <summary>Bytes that wait.</summary>
    public int Length => _length;

    /// <summary>The bytes that wait, for those who watch packets.</summary>
    public ReadOnlySpan<byte> From(int start) => _bytes.AsSpan(start, _length - start);

    /// <summary>Room for at least that many bytes. Follow with <see cref="Advance"/>.</summary>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        if (_bytes.Length - _length < Math.Max(sizeHint, 1))
            Grow(sizeHint);
        return _bytes.AsSpan(_length);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        GetSpan(sizeHint);
        return _bytes.AsMemory(_length);
    }

    public void Advance(int count) => _length += count;

    /// <summary>Takes everything that waits; give the array back with <see cref="Return"/>.</summary>
    public ArraySegment<byte> Take()
    {
        var taken = new ArraySegment<byte>(_bytes, 0, _length);
        _bytes = [];
        _length = 0;
        return taken;
    }

    /// <summary>Gives back what was taken. If nothing else was begun meanwhile, the same array is used again.</summary>
    public void Return(ArraySegment<byte> taken)
    {
        if (_bytes.Length == 0 && taken.Array!.Length <= 1024 * 1024)
            _bytes = taken.Array;
        else
            Recycle(taken.Array!);
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Recycle(_bytes);
        _bytes = [];
        _length = 0;
    }

    private static void Recycle(byte[] bytes)
    {
        if (bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(bytes);
    }

    private void Grow(int count)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(_length + count, _bytes.Length * 2), Usual));
        _bytes.AsSpan(0, _length).CopyTo(larger);
        Recycle(_bytes);
        _bytes = larger;
    }
}
