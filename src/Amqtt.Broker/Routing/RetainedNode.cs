namespace Amqtt.Broker.Routing;

/// <summary>
/// A level of the <see cref="RetainedStore"/>'s topics. Cursors follow the fields without a lock and may stand on a node that
/// has been pruned since: it is empty and does no harm. Written under the store's lock.
/// </summary>
internal sealed class RetainedNode(RetainedNode? parent, ReadOnlySpan<byte> level, ulong hash) : LevelNode(level, hash)
{
    private volatile LevelTable<RetainedNode>? _children;
    private volatile Message? _message;

    /// <summary>The node of the level before; null for the root.</summary>
    public RetainedNode? Parent { get; } = parent;

    /// <summary>The next levels; null when there are none.</summary>
    public LevelTable<RetainedNode>? Children
    {
        get => _children;
        set => _children = value;
    }

    /// <summary>The retained message of the topic that ends here; null when there is none.</summary>
    public Message? Message
    {
        get => _message;
        set => _message = value;
    }

    /// <summary>Which entry of the <see cref="ExpiryQueue"/> is this node's; 0 when its message never expires. For the writer.</summary>
    public long ExpiryTicket { get; set; }

    /// <summary>Whether the node has become useless.</summary>
    public bool IsEmpty => _message is null && _children is null;

    /// <summary>The child of a level, or null. Any thread.</summary>
    public RetainedNode? Child(ulong hash, ReadOnlySpan<byte> level) => _children?.Find(hash, level);
}
