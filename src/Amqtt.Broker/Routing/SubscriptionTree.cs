namespace Amqtt.Broker.Routing;

/// <summary>
/// All subscriptions of the broker, by the levels of their filters. One writer at a time (a lock), readers without a lock on
/// any thread. A walk costs as much as the topic is deep and branches match; the number of clients and filters does not count.
/// </summary>
/// <remarks>
/// Versions tell when a match is stale, one for each bucket of first levels, so that churn in one corner leaves the matches of
/// others alone, and one for filters that begin with a wildcard. The writer changes a version after the change is visible and
/// a reader notes it before it walks, so a match that missed a change never looks current.
/// </remarks>
/// <param name="loopCount">Number of event loops: subscribers' <see cref="Subscriber.Loop"/> is below it.</param>
/// <param name="maxGroupMembers">Members of one shared group (<c>max_shared_group_members</c>).</param>
internal sealed class SubscriptionTree(int loopCount, int maxGroupMembers = int.MaxValue)
{
    private const int Buckets = 256;

    private readonly Lock _writer = new();
    private readonly TreeNode _root = new(parent: null, level: [], hash: 0);
    private readonly Dictionary<string, SharedGroup> _groups = new(StringComparer.Ordinal);
    private readonly long[] _bucketVersions = new long[Buckets];
    private int _maxGroupMembers = maxGroupMembers;
    private long _wildcardVersion;
    private volatile int _count;

    /// <summary>Number of event loops.</summary>
    public int LoopCount { get; } = loopCount;

    /// <summary>Members that one shared group may have (<c>max_shared_group_members</c>). Any thread.</summary>
    public int MaxGroupMembers
    {
        get => Volatile.Read(ref _maxGroupMembers);
        set => Volatile.Write(ref _maxGroupMembers, value);
    }

    /// <summary>Number of subscriptions, members of shared groups included. Any thread.</summary>
    public int Count => _count;

    /// <summary>Whether nothing is left but the root. For tests.</summary>
    internal bool IsEmpty => _root.IsEmpty && _groups.Count == 0;

    /// <summary>
    /// Adds a subscription that is not in the tree; its subscriber has no other with the same filter. From the return on every
    /// match on every loop includes it. Any thread.
    /// </summary>
    /// <returns>False, and nothing is added, if its shared group has all the members it may have.</returns>
    public bool Add(Subscription subscription)
    {
        lock (_writer)
        {
            var changed = true;
            if (subscription.ShareName is null)
            {
                subscription.Place = PlaceFor(subscription.TopicFilter);
                subscription.Place.Plain.Add(subscription);
            }
            else
            {
                changed = !_groups.TryGetValue(subscription.Filter, out var group);
                if (group?.Count >= MaxGroupMembers)
                    return false;
                group ??= AddGroup(subscription);
                subscription.Place = group.Place;
                subscription.Group = group;
                group.Add(subscription);
            }

            _count++;
            if (changed)
                ChangeVersion(subscription.TopicFilter);
            return true;
        }
    }

    /// <summary>
    /// Removes a subscription, for good: it becomes inactive, and whatever of the tree served it alone goes with it. Nothing
    /// happens if it is not in the tree. Any thread.
    /// </summary>
    public void Remove(Subscription subscription)
    {
        lock (_writer)
        {
            if (subscription.Place is not { } place)
                return;
            subscription.IsActive = false;
            var changed = true;
            if (subscription.Group is not { } group)
            {
                place.Plain.Remove(subscription);
            }
            else
            {
                group.Remove(subscription);
                changed = group.Count == 0;
                if (changed)
                {
                    place.Groups!.Remove(group);
                    _groups.Remove(group.Filter);
                }
            }

            subscription.Place = null;
            _count--;
            if (place.IsEmpty)
                Prune(place);
            if (changed)
                ChangeVersion(subscription.TopicFilter);
        }
    }

    /// <summary>Who receives a topic now. Any thread; a loop asks its <see cref="MatchCache"/> instead.</summary>
    /// <param name="topic">A valid topic name, UTF-8.</param>
    public Match Match(ReadOnlySpan<byte> topic) => new TreeWalk(this).Match(topic);

    /// <summary>The place of a filter, or null if nobody has it. Any thread.</summary>
    /// <param name="filter">A valid filter without share prefix, UTF-8.</param>
    public SubscriptionSet? Find(ReadOnlySpan<byte> filter)
    {
        TreeNode? node = _root;
        foreach (var range in filter.Split((byte)'/'))
        {
            var level = filter[range];
            if (level is [(byte)'#'])
                return node.Below;
            node = level is [(byte)'+'] ? node.AnyLevel : node.Child(SeededHash.Of(level), level);
            if (node is null)
                return null;
        }

        return node.Here;
    }

    /// <summary>Whether a match made earlier still says who receives its topic. Any thread; two comparisons.</summary>
    public bool IsCurrent(Match match)
    {
        var stamp = match.Stamp;
        return Volatile.Read(ref _bucketVersions[stamp.Bucket]) == stamp.BucketVersion
            && Volatile.Read(ref _wildcardVersion) == stamp.WildcardVersion;
    }

    /// <summary>The versions to note before a walk for a topic.</summary>
    internal MatchStamp StampFor(ReadOnlySpan<byte> topic)
    {
        var bucket = BucketOf(topic);
        return new(bucket, Volatile.Read(ref _bucketVersions[bucket]), Volatile.Read(ref _wildcardVersion));
    }

    /// <summary>Where a walk begins.</summary>
    internal TreeNode Root => _root;

    private SharedGroup AddGroup(Subscription first)
    {
        var place = PlaceFor(first.TopicFilter);
        var group = new SharedGroup(first.Filter, place);
        place.Add(group);
        _groups.Add(first.Filter, group);
        return group;
    }

    private SubscriptionSet PlaceFor(ReadOnlySpan<byte> filter)
    {
        var node = _root;
        foreach (var range in filter.Split((byte)'/'))
        {
            var level = filter[range];
            if (level is [(byte)'#'])
                return node.Below ??= new(node);
            node = level is [(byte)'+'] ? node.AnyLevel ??= new(node, level, hash: 0) : ChildOf(node, level);
        }

        return node.Here ??= new(node);
    }

    private static TreeNode ChildOf(TreeNode parent, ReadOnlySpan<byte> level)
    {
        var hash = SeededHash.Of(level);
        if (parent.Child(hash, level) is { } known)
            return known;
        var child = new TreeNode(parent, level, hash);
        var children = parent.Children ?? new();
        children.Add(child);
        parent.Children = children;
        return child;
    }

    private static void Prune(SubscriptionSet place)
    {
        var node = place.Node;
        if (node.Here == place)
            node.Here = null;
        else
            node.Below = null;

        for (; node is { IsEmpty: true, Parent: { } parent }; node = parent)
        {
            if (parent.AnyLevel == node)
            {
                parent.AnyLevel = null;
                continue;
            }

            parent.Children!.Remove(node);
            if (parent.Children.Count == 0)
                parent.Children = null;
        }
    }

    private void ChangeVersion(ReadOnlySpan<byte> filter)
    {
        if (filter[0] is (byte)'+' or (byte)'#')
        {
            Volatile.Write(ref _wildcardVersion, _wildcardVersion + 1);
            return;
        }

        ref var version = ref _bucketVersions[BucketOf(filter)];
        Volatile.Write(ref version, version + 1);
    }

    private static int BucketOf(ReadOnlySpan<byte> topic)
    {
        var end = topic.IndexOf((byte)'/');
        return (int)(SeededHash.Of(end < 0 ? topic : topic[..end]) % Buckets);
    }
}
