namespace Amqtt.Broker.Routing;

/// <summary>
/// The children of a node by level: an open-addressing hash table with one writer at a time (the caller's lock) and any
/// number of readers without a lock. A node never moves within the array a reader holds; the table grows and shrinks by
/// publishing another array, so the cost of an addition stays constant over many.
/// </summary>
internal sealed class LevelTable<T> where T : LevelNode
{
    private const int SmallestSize = 2;

    private volatile T?[] _slots = new T?[SmallestSize];
    private int _used;

    /// <summary>Number of nodes. For the writer.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// What there is to enumerate now: nodes, removed nodes and nulls. Nodes added later may or may not show up in it; none
    /// that stays goes missing.
    /// </summary>
    public T?[] Slots => _slots;

    /// <summary>The node of a level, or null. Any thread.</summary>
    public T? Find(ulong hash, ReadOnlySpan<byte> level)
    {
        var slots = _slots;
        var mask = slots.Length - 1;
        for (var i = (int)hash & mask; ; i = (i + 1) & mask)
        {
            var node = slots[i];
            if (node is null)
                return null;
            if (node.Is(hash, level))
                return node.IsRemoved ? null : node;
        }
    }

    /// <summary>Adds a node whose level is not in the table.</summary>
    public void Add(T node)
    {
        // A quarter stays empty, so that a search meets a null soon.
        if ((_used + 1) * 4 > _slots.Length * 3)
            Rebuild(Count + 1);
        if (Place(_slots, node))
            _used++;
        Count++;
    }

    /// <summary>Removes a node that is in the table.</summary>
    public void Remove(T node)
    {
        node.IsRemoved = true;
        Count--;
        if (_slots.Length > SmallestSize && Count < _slots.Length / 8)
            Rebuild(Count);
    }

    private void Rebuild(int count)
    {
        var size = SmallestSize;
        while (size < count * 2)
            size *= 2;
        var slots = new T?[size];
        foreach (var node in _slots)
        {
            if (node is { IsRemoved: false })
                Place(slots, node);
        }

        _used = Count;
        _slots = slots;
    }

    /// <returns>False when the slot had been used before.</returns>
    private static bool Place(T?[] slots, T node)
    {
        var mask = slots.Length - 1;
        var i = (int)node.Hash & mask;
        while (slots[i] is { IsRemoved: false })
            i = (i + 1) & mask;
        var isFresh = slots[i] is null;
        slots[i] = node;
        return isFresh;
    }
}
