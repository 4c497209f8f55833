using System.Runtime.InteropServices;

namespace Amqtt.Broker.Routing;

/// <summary>
/// A walk of the <see cref="SubscriptionTree"/> for one topic, level by level: the frontier holds every node that the levels
/// so far lead to. A node has one path from the root, so none is visited twice, however many wildcards overlap.
/// The object is scratch space to use again and again, by one thread at a time.
/// </summary>
internal sealed class TreeWalk(SubscriptionTree tree)
{
    private const int LargestScratchToKeep = 1024;

    private readonly Target[]?[] _nobody = new Target[tree.LoopCount][];
    private readonly int[] _targetsOfLoop = new int[tree.LoopCount];
    private List<SharedGroup> _groups = [];
    private List<TreeNode> _frontier = [];
    private List<TreeNode> _next = [];
    private List<Hit> _hits = [];
    private Dictionary<Subscriber, int> _firstHits = new(ReferenceEqualityComparer.Instance);
    private int _targets;

    /// <summary>Nodes visited by the last walk. For tests and benchmarks.</summary>
    public int Visited { get; private set; }

    /// <summary>Walks the tree.</summary>
    /// <param name="topic">A valid topic name, UTF-8.</param>
    public Match Match(ReadOnlySpan<byte> topic)
    {
        var stamp = tree.StampFor(topic);
        try
        {
            Walk(topic);
            return _hits.Count == 0 && _groups.Count == 0
                ? new Match(topic.ToArray(), _nobody, [], targets: 0, stamp)
                : new Match(topic.ToArray(), TargetsByLoop(), [.. _groups], _targets, stamp);
        }
        finally
        {
            // Also when memory ran out: what is left would be receivers of the next topic.
            Reset();
        }
    }

    private void Walk(ReadOnlySpan<byte> topic)
    {
        Visited = 0;
        _frontier.Add(tree.Root);

        // Filters that begin with a wildcard leave topics that begin with $ alone [MQTT-4.7.2-1].
        var allowWildcards = topic[0] != (byte)'$';
        foreach (var range in topic.Split((byte)'/'))
        {
            var level = topic[range];
            var hash = SeededHash.Of(level);
            foreach (var node in _frontier)
            {
                if (allowWildcards)
                {
                    Collect(node.Below);
                    if (node.AnyLevel is { } any)
                        _next.Add(any);
                }

                if (node.Child(hash, level) is { } child)
                    _next.Add(child);
            }

            Visited += _frontier.Count;
            allowWildcards = true;
            (_frontier, _next) = (_next, _frontier);
            _next.Clear();
            if (_frontier.Count == 0)
                return;
        }

        foreach (var node in _frontier)
        {
            Collect(node.Here);
            Collect(node.Below); // "a/#" matches "a", section 4.7.1.2
        }

        Visited += _frontier.Count;
    }

    private void Collect(SubscriptionSet? set)
    {
        if (set is null)
            return;
        var isFirstSet = _hits.Count == 0;
        foreach (var chunk in set.Plain.Chunks)
        {
            foreach (var subscription in chunk)
            {
                if (subscription is not null)
                    Collect(subscription, isFirstSet);
            }
        }

        if (set.Groups is not { } groups)
            return;
        foreach (var chunk in groups.Chunks)
        {
            foreach (var group in chunk)
            {
                if (group is not null)
                    _groups.Add(group);
            }
        }
    }

    /// <summary>
    /// Notes a subscription, behind an earlier one of the same subscriber if there is any. Within one set nobody occurs twice,
    /// so the usual topic, which one set matches, needs no dictionary.
    /// </summary>
    private void Collect(Subscription subscription, bool isFirstSet)
    {
        var subscriber = subscription.Subscriber;
        if (!isFirstSet)
        {
            if (_firstHits.Count == 0)
                IndexHits();
            if (_firstHits.TryGetValue(subscriber, out var first))
            {
                Chain(first, subscription);
                return;
            }

            _firstHits.Add(subscriber, _hits.Count);
        }

        _hits.Add(new(subscription) { Last = _hits.Count, Length = 1 });
        _targetsOfLoop[subscriber.Loop]++;
        _targets++;
    }

    private void Chain(int first, Subscription subscription)
    {
        var hits = CollectionsMarshal.AsSpan(_hits);
        hits[hits[first].Last].Next = hits.Length;
        hits[first].Last = hits.Length;
        hits[first].Length++;
        _hits.Add(new(subscription));
    }

    private void IndexHits()
    {
        // Somebody who unsubscribes and subscribes again during the walk can occur twice in a set; the first one is inactive.
        for (var i = 0; i < _hits.Count; i++)
            _firstHits.TryAdd(_hits[i].Subscription.Subscriber, i);
    }

    private Target[]?[] TargetsByLoop()
    {
        var byLoop = new Target[tree.LoopCount][];
        foreach (var hit in _hits)
        {
            if (hit.Length == 0)
                continue;
            var loop = hit.Subscription.Subscriber.Loop;
            var targets = byLoop[loop] ??= new Target[_targetsOfLoop[loop]];
            targets[^_targetsOfLoop[loop]--] = new(hit.Subscription, OthersOf(hit));
        }

        return byLoop;
    }

    private Subscription[]? OthersOf(Hit hit)
    {
        if (hit.Length == 1)
            return null;
        var others = new Subscription[hit.Length - 1];
        for (var i = 0; i < others.Length; i++)
        {
            hit = _hits[hit.Next];
            others[i] = hit.Subscription;
        }

        return others;
    }

    private void Reset()
    {
        _targets = 0;
        Array.Clear(_targetsOfLoop);
        Clear(ref _frontier);
        Clear(ref _next);
        Clear(ref _groups);
        Clear(ref _hits);
        if (_firstHits.Count > LargestScratchToKeep)
            _firstHits = new(ReferenceEqualityComparer.Instance);
        else
            _firstHits.Clear();
    }

    private static void Clear<T>(ref List<T> scratch)
    {
        if (scratch.Capacity > LargestScratchToKeep)
            scratch = [];
        else
            scratch.Clear();
    }

    /// <summary>
    /// A subscription found. The first one of a subscriber leads a chain (<see cref="Length"/> counts it, <see cref="Last"/> is
    /// its end); the others have length 0.
    /// </summary>
    private struct Hit(Subscription subscription)
    {
        public readonly Subscription Subscription = subscription;
        public int Next;
        public int Last;
        public int Length;
    }
}
