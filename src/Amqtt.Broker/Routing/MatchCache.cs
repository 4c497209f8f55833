namespace Amqtt.Broker.Routing;

/// <summary>
/// The matches one loop has made lately, by topic; used by that loop alone. Bounded in entries and bytes by two generations:
/// what is found moves to the young one, and when that is full it becomes the old one, whose remaining entries are forgotten.
/// </summary>
internal sealed class MatchCache
{
    /// <summary>What a match takes beside its topic and targets: the objects, their headers, the slot.</summary>
    private const int MatchOverhead = 160;

    private const int TargetSize = 16;

    private readonly SubscriptionTree _tree;
    private readonly TreeWalk _walk;
    private readonly int _maxEntries;
    private readonly long _maxBytes;
    private Generation _young;
    private Generation _old;

    /// <param name="tree">The broker's tree.</param>
    /// <param name="maxEntries">Largest number of matches kept, at least 2.</param>
    /// <param name="maxBytes">About how many bytes they may take; the largest match is kept even if it alone takes more.</param>
    public MatchCache(SubscriptionTree tree, int maxEntries = 16_384, long maxBytes = 16 * 1024 * 1024)
    {
        _tree = tree;
        _walk = new(tree);
        _maxEntries = Math.Max(1, maxEntries / 2);
        _maxBytes = maxBytes / 2;
        _young = new();
        _old = new();
    }

    /// <summary>Number of matches kept.</summary>
    public int Count => _young.Count + _old.Count;

    /// <summary>About how many bytes they take.</summary>
    public long Bytes => _young.Bytes + _old.Bytes;

    /// <summary>Who receives a topic now. Allocates nothing when the cache knows.</summary>
    /// <param name="topic">A valid topic name, UTF-8.</param>
    public Match Find(ReadOnlySpan<byte> topic)
    {
        var hash = SeededHash.Of(topic);
        ref var known = ref _young.SlotFor(hash, topic).Match;
        if (known is not null && _tree.IsCurrent(known))
            return known;
        if (known is not null)
            return Replace(ref known, topic);

        var match = _old.SlotFor(hash, topic).Match;
        if (match is null || !_tree.IsCurrent(match))
            match = _walk.Match(topic);
        Add(hash, match);
        return match;
    }

    /// <summary>
    /// Forgets the old generation and makes the young one old. Called now and then, it keeps outdated matches from holding on
    /// to sessions that are gone.
    /// </summary>
    public void Age()
    {
        (_young, _old) = (_old, _young);
        _young.Clear();
    }

    private Match Replace(ref Match known, ReadOnlySpan<byte> topic)
    {
        var match = _walk.Match(topic);
        _young.Bytes += SizeOf(match) - SizeOf(known);
        known = match;
        if (_young.Bytes > _maxBytes)
            Age();
        return match;
    }

    private void Add(ulong hash, Match match)
    {
        var size = SizeOf(match);
        if (_young.Count == _maxEntries || (_young.Count > 0 && _young.Bytes + size > _maxBytes))
            Age();
        _young.Add(hash, match);
        _young.Bytes += size;
    }

    private static long SizeOf(Match match) => MatchOverhead + match.TopicUtf8.Length + ((long)TargetSize * match.Count);

    /// <summary>An open-addressing table that is only ever added to, and cleared.</summary>
    private sealed class Generation
    {
        private Slot[] _slots = new Slot[64];

        public int Count { get; private set; }

        public long Bytes { get; set; }

        /// <summary>The slot that holds the topic's match, or the free one where it would go.</summary>
        public ref Slot SlotFor(ulong hash, ReadOnlySpan<byte> topic)
        {
            var slots = _slots;
            var mask = slots.Length - 1;
            var i = (int)hash & mask;
            while (slots[i].Match is { } match && (slots[i].Hash != hash || !topic.SequenceEqual(match.TopicUtf8)))
                i = (i + 1) & mask;
            return ref slots[i];
        }

        /// <summary>Adds a match whose topic is not in the table.</summary>
        public void Add(ulong hash, Match match)
        {
            if (Count * 2 >= _slots.Length)
                Grow();
            SlotFor(hash, match.TopicUtf8) = new(hash, match);
            Count++;
        }

        public void Clear()
        {
            Array.Clear(_slots);
            Count = 0;
            Bytes = 0;
        }

        private void Grow()
        {
            var old = _slots;
            _slots = new Slot[old.Length * 2];
            foreach (var slot in old)
            {
                if (slot.Match is not null)
                    SlotFor(slot.Hash, slot.Match.TopicUtf8) = slot;
            }
        }
    }

    private struct Slot(ulong hash, Match? match)
    {
        public readonly ulong Hash = hash;
        public Match? Match = match;
    }
}
