namespace Amqtt.Broker.Routing;

/// <summary>The subscriptions to one filter, at their place in the tree. Written under the tree's lock, read without.</summary>
internal sealed class SubscriptionSet(TreeNode node)
{
    private volatile SlotBag<SharedGroup>? _groups;

    /// <summary>The node the set belongs to.</summary>
    public TreeNode Node { get; } = node;

    /// <summary>The subscriptions that are not shared; no two of one subscriber.</summary>
    public SlotBag<Subscription> Plain { get; } = new();

    /// <summary>The shared groups; null while there has been none.</summary>
    public SlotBag<SharedGroup>? Groups => _groups;

    /// <summary>Whether nobody is left.</summary>
    public bool IsEmpty => Plain.Count == 0 && _groups is null or { Count: 0 };

    /// <summary>Adds a group that is not in the set.</summary>
    public void Add(SharedGroup group)
    {
        var groups = _groups ?? new();
        groups.Add(group);
        _groups = groups;
    }
}
