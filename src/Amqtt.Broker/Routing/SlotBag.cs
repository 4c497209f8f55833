using System.Numerics;

namespace Amqtt.Broker.Routing;

/// <summary>
/// An unordered collection with one writer at a time (the caller's lock) and any number of readers without a lock.
/// An item never moves within the arrays a reader holds, so a reader sees everything that is there from before its walk until
/// after it. Chunk k holds 2^k items: growing adds a chunk and copies nothing but the short list of chunks.
/// </summary>
internal sealed class SlotBag<T> where T : class, ISlotted
{
    private const int SmallestWorthCompacting = 16;

    private Stack<int>? _holes;
    private volatile T?[][] _chunks = [];
    private int _used;

    /// <summary>Number of items. For the writer.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// What there is to read now: arrays of items with holes (null). A reader takes this once and walks it to the end.
    /// Elements are plain references: .NET publishes an object's content before the reference to it.
    /// </summary>
    public T?[][] Chunks => _chunks;

    /// <summary>Puts an item in; copies no other item.</summary>
    public void Add(T item)
    {
        Put(item, _holes is { Count: > 0 } ? _holes.Pop() : _used++);
        Count++;
    }

    /// <summary>Takes out an item that is in this bag.</summary>
    public void Remove(T item)
    {
        var (chunk, offset) = Locate(item.Slot);
        _chunks[chunk][offset] = null;
        (_holes ??= new()).Push(item.Slot);
        Count--;
        if (_used >= SmallestWorthCompacting && Count < _used / 4)
            Compact();
    }

    private void Put(T item, int slot)
    {
        var (chunk, offset) = Locate(slot);
        if (chunk == _chunks.Length)
            _chunks = [.. _chunks, new T?[1 << chunk]];
        item.Slot = slot;
        _chunks[chunk][offset] = item;
    }

    /// <summary>Starts over with new arrays; readers of the old ones still find there all that stays.</summary>
    private void Compact()
    {
        var old = _chunks;
        var bag = new T?[BitOperations.Log2((uint)Count) + 1][];
        for (var i = 0; i < bag.Length; i++)
            bag[i] = new T?[1 << i];
        _used = 0;
        foreach (var items in old)
        {
            foreach (var item in items)
            {
                if (item is null)
                    continue;
                item.Slot = _used++;
                var (chunk, offset) = Locate(item.Slot);
                bag[chunk][offset] = item;
            }
        }

        _holes = null;
        _chunks = bag;
    }

    private static (int Chunk, int Offset) Locate(int slot)
    {
        var chunk = BitOperations.Log2((uint)slot + 1);
        return (chunk, slot + 1 - (1 << chunk));
    }
}
