namespace Amqtt.Broker.Routing;

/// <summary>All subscriptions of a <see cref="SubscriptionTree"/>, one after the other, without a lock: what comes or goes meanwhile may be met or not. Any thread.</summary>
internal static class SubscriptionCursor
{
    /// <summary>Every subscription, members of shared groups included.</summary>
    public static IEnumerable<Subscription> All(SubscriptionTree tree)
    {
        var left = new Stack<TreeNode>();
        left.Push(tree.Root);
        while (left.TryPop(out TreeNode? node))
        {
            foreach (Subscription subscription in At(node.Here)) yield return subscription;
            foreach (Subscription subscription in At(node.Below)) yield return subscription;
            if (node.AnyLevel is { } any) left.Push(any);
            if (node.Children is not { } children) continue;
            foreach (TreeNode? child in children.Slots)
            {
                if (child is { IsRemoved: false }) left.Push(child);
            }
        }
    }

    /// <summary>Those of one filter, which is written without a share prefix.</summary>
    public static IEnumerable<Subscription> At(SubscriptionSet? set)
    {
        if (set is null) yield break;
        foreach (Subscription?[] chunk in set.Plain.Chunks)
        {
            foreach (Subscription? subscription in chunk)
            {
                if (subscription is { IsActive: true }) yield return subscription;
            }
        }

        if (set.Groups is not { } groups) yield break;
        foreach (SharedGroup?[] chunk in groups.Chunks)
        {
            foreach (SharedGroup? group in chunk)
            {
                if (group is null) continue;
                foreach (Subscription? member in group.Members)
                {
                    if (member is { IsActive: true }) yield return member;
                }
            }
        }
    }
}
