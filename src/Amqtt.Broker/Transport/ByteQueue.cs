namespace Amqtt.Broker.Transport;

/// <summary>Bytes in a pooled array: appended at the end, consumed at the start by offset. Holds no array while empty.</summary>
internal struct ByteQueue
{
    private byte[]? _buffer;
    private int _start;
    private int _end;

    /// <summary>How many bytes wait.</summary>
    public readonly int Count => _end - _start;

    /// <summary>The bytes that wait.</summary>
    public readonly Span<byte> Bytes => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Room for at least <paramref name="size"/> more bytes behind the last; they count once <see cref="Advance"/> was called.</summary>
    public Span<byte> Reserve(BufferPool pool, int size)
    {
        if (_buffer is null || _buffer.Length - _end < size) MakeRoom(pool, size);
        return _buffer.AsSpan(_end);
    }

    /// <summary>Counts <paramref name="size"/> bytes of the reserved room as waiting.</summary>
    public void Advance(int size) => _end += size;

    /// <summary>Appends a copy of <paramref name="bytes"/>.</summary>
    public void Append(BufferPool pool, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        bytes.CopyTo(Reserve(pool, bytes.Length));
        _end += bytes.Length;
    }

    /// <summary>Drops the first <paramref name="size"/> bytes; the array goes back to the pool with the last.</summary>
    public void Consume(BufferPool pool, int size)
    {
        _start += size;
        if (_start == _end) Release(pool);
    }

    /// <summary>Drops everything and gives the array back.</summary>
    public void Release(BufferPool pool)
    {
        if (_buffer is not null) pool.Return(_buffer);
        this = default;
    }

    /// <summary>Takes the array out, with what waits in it; the caller returns it to a pool.</summary>
    public (byte[] Buffer, int Start, int Count) Detach()
    {
        (byte[], int, int) taken = (_buffer!, _start, _end - _start);
        this = default;
        return taken;
    }

    private void MakeRoom(BufferPool pool, int size)
    {
        int waiting = _end - _start;
        if (_buffer is not null && _buffer.Length - waiting >= size && _start >= waiting)
        {
            _buffer.AsSpan(_start, waiting).CopyTo(_buffer);
        }
        else
        {
            // Doubling keeps appending linear in the bytes that really came.
            int wanted = checked(waiting + size);
            byte[] larger = pool.Rent(_buffer is null ? wanted : Math.Max(wanted, (int)Math.Min(_buffer.Length * 2L, Array.MaxLength)));
            _buffer.AsSpan(_start, waiting).CopyTo(larger);
            if (_buffer is not null) pool.Return(_buffer);
            _buffer = larger;
        }

        _start = 0;
        _end = waiting;
    }
}
