namespace Amqtt.Broker.Routing;

/// <summary>
/// A level of the <see cref="SubscriptionTree"/>. Readers follow the fields without a lock and may meet a node that has just
/// been pruned: it is empty and does no harm. Written under the tree's lock.
/// </summary>
internal sealed class TreeNode(TreeNode? parent, ReadOnlySpan<byte> level, ulong hash) : LevelNode(level, hash)
{
    private volatile LevelTable<TreeNode>? _children;
    private volatile TreeNode? _anyLevel;
    private volatile SubscriptionSet? _here;
    private volatile SubscriptionSet? _below;

    /// <summary>The node of the level before; null for the root.</summary>
    public TreeNode? Parent { get; } = parent;

    /// <summary>The next levels that are written out; null when there are none.</summary>
    public LevelTable<TreeNode>? Children
    {
        get => _children;
        set => _children = value;
    }

    /// <summary>The next level <c>+</c>; null when there is none.</summary>
    public TreeNode? AnyLevel
    {
        get => _anyLevel;
        set => _anyLevel = value;
    }

    /// <summary>The subscriptions whose filter ends with this level; null when there are none.</summary>
    public SubscriptionSet? Here
    {
        get => _here;
        set => _here = value;
    }

    /// <summary>The subscriptions whose filter goes on with <c>#</c>: for this level and all below; null when there are none.</summary>
    public SubscriptionSet? Below
    {
        get => _below;
        set => _below = value;
    }

    /// <summary>Whether the node has become useless.</summary>
    public bool IsEmpty => Children is null && AnyLevel is null && Here is null && Below is null;

    /// <summary>The child of a written-out level, or null. Any thread.</summary>
    public TreeNode? Child(ulong hash, ReadOnlySpan<byte> level) => _children?.Find(hash, level);
}
