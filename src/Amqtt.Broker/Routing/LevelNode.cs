namespace Amqtt.Broker.Routing;

/// <summary>A node of a tree of topic levels, found by its level among the children of its parent.</summary>
internal abstract class LevelNode(ReadOnlySpan<byte> level, ulong hash)
{
    private readonly byte[] _level = level.ToArray();
    private volatile bool _isRemoved;

    /// <summary>The level, UTF-8; it may be empty.</summary>
    public ReadOnlySpan<byte> Level => _level;

    /// <summary><see cref="SeededHash"/> of the level.</summary>
    public ulong Hash { get; } = hash;

    /// <summary>
    /// True once the node has left its table, for good. It then stands in its slot as its own tombstone until the slot is
    /// used again.
    /// </summary>
    public bool IsRemoved
    {
        get => _isRemoved;
        set => _isRemoved = value;
    }

    /// <summary>Whether this is the node of that level; the bytes are compared as they are [MQTT-4.7.3-4].</summary>
    public bool Is(ulong hash, ReadOnlySpan<byte> level) => Hash == hash && level.SequenceEqual(_level);
}
