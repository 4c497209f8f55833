namespace Amqtt.Broker.Routing;

/// <summary>
/// The retained messages by topic, one store for the broker, usable on any thread. Writers take a lock, for as long as one
/// topic is deep; readers take none, because a replay to a slow client may last for minutes and must hold up nobody: they
/// walk the same kind of tree as <see cref="SubscriptionTree"/>, in which nothing moves.
/// </summary>
/// <param name="maxMessages">Largest number of messages (<c>max_retained_messages</c>).</param>
/// <param name="maxBytes">Largest <see cref="Bytes"/> (<c>max_retained_bytes</c>).</param>
internal sealed class RetainedStore(int maxMessages, long maxBytes)
{
    /// <summary>What each level of the tree counts beside its message's bytes, since a topic of many levels takes memory too.</summary>
    public const int LevelCharge = 128;

    /// <summary>How many expired messages are removed before other writers get their turn.</summary>
    private const int ExpiredPerTurn = 256;

    private int _maxMessages = maxMessages;
    private long _maxBytes = maxBytes;
    private readonly Lock _writer = new();
    private readonly RetainedNode _root = new(parent: null, level: [], hash: 0);
    private readonly ExpiryQueue _expiring = new();
    private volatile int _count;
    private long _bytes;

    /// <summary>Number of messages, those that expired and were not met yet included.</summary>
    public int Count => _count;

    /// <summary>The size of all messages, and <see cref="LevelCharge"/> for each level of their topics that they do not have in common.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>The first level's parent. For cursors.</summary>
    internal RetainedNode Root => _root;

    /// <summary>Length of the expiry queue. For tests.</summary>
    internal int ExpiryQueueLength
    {
        get
        {
            lock (_writer)
                return _expiring.Length;
        }
    }

    /// <summary>Other bounds for what is stored from now on; what is there stays.</summary>
    public void SetLimits(int maxMessages, long maxBytes)
    {
        lock (_writer)
            (_maxMessages, _maxBytes) = (maxMessages, maxBytes);
    }

    /// <summary>Stores a message in the place of the topic's earlier one [MQTT-3.3.1-5].</summary>
    /// <param name="message">The message; an empty payload is the caller's to turn into <see cref="Remove(ReadOnlySpan{byte})"/>.</param>
    /// <param name="now">Milliseconds of the broker's clock: what has expired makes room.</param>
    /// <returns>False when a limit forbids it; what was stored stays.</returns>
    public bool Set(Message message, long now)
    {
        if (TrySet(message))
            return true;
        return RemoveExpired(now) > 0 && TrySet(message);
    }

    /// <summary>Removes the message of a topic [MQTT-3.3.1-6].</summary>
    /// <returns>False when there was none.</returns>
    public bool Remove(ReadOnlySpan<byte> topic)
    {
        lock (_writer)
        {
            var node = NodeOf(topic, out var missing);
            if (missing > 0 || node.Message is null)
                return false;
            Remove(node);
            return true;
        }
    }

    /// <summary>Removes all messages; those that others store meanwhile may stay.</summary>
    public void Clear()
    {
        var all = All();
        while (!all.IsFinished)
        {
            if (all.TryNext(now: long.MinValue, out var message))
                Remove(message.Topic);
        }
    }

    /// <summary>The message of a topic; null when there is none, or none that is still alive.</summary>
    /// <param name="topic">A topic name, UTF-8.</param>
    /// <param name="now">Milliseconds of the broker's clock.</param>
    public Message? Find(ReadOnlySpan<byte> topic, long now)
    {
        var node = NodeOf(topic, out var missing);
        return missing == 0 && node.Message is { } message && !message.IsExpired(now) ? message : null;
    }

    /// <summary>The messages whose topics match a filter, for the caller to take one by one.</summary>
    /// <param name="filter">A valid filter without share prefix, UTF-8; not copied.</param>
    public RetainedCursor Find(byte[] filter) => new(this, filter, includeDollar: false);

    /// <summary>All messages, those of <c>$</c> topics included, for the caller to take one by one.</summary>
    public RetainedCursor All() => new(this, "#"u8.ToArray(), includeDollar: true);

    /// <summary>Removes what has expired; costs nothing for messages that have not.</summary>
    /// <param name="now">Milliseconds of the broker's clock.</param>
    /// <returns>How many were removed.</returns>
    public int RemoveExpired(long now)
    {
        var removed = 0;
        int turn;
        do
        {
            turn = 0;
            lock (_writer)
            {
                while (turn < ExpiredPerTurn && _expiring.TakeDue(now) is { } node)
                {
                    Remove(node);
                    turn++;
                }
            }

            removed += turn;
        }
        while (turn == ExpiredPerTurn);
        return removed;
    }

    /// <summary>Removes a message from its node unless another has taken its place.</summary>
    internal void Remove(RetainedNode node, Message message)
    {
        lock (_writer)
        {
            if (node.Message == message)
                Remove(node);
        }
    }

    private bool TrySet(Message message)
    {
        var topic = message.Topic;
        lock (_writer)
        {
            var node = NodeOf(topic, out var missing);
            var replaced = missing == 0 ? node.Message : null;
            var bytes = _bytes + message.Size - (replaced?.Size ?? 0) + ((long)missing * LevelCharge);
            var count = replaced is null ? _count + 1 : _count;
            if (count > _maxMessages || bytes > _maxBytes)
                return false;
            if (missing > 0)
                node = Extend(node, topic, missing);
            node.Message = message;
            _expiring.Schedule(node, message.ExpiresAt);
            _count = count;
            Volatile.Write(ref _bytes, bytes);
            return true;
        }
    }

    /// <summary>The deepest node there is on the way to a topic, and how many levels of the topic follow it.</summary>
    private RetainedNode NodeOf(ReadOnlySpan<byte> topic, out int missing)
    {
        var node = _root;
        foreach (var range in topic.Split((byte)'/'))
        {
            var level = topic[range];
            if (node.Child(SeededHash.Of(level), level) is not { } child)
            {
                missing = topic[range.Start..].Count((byte)'/') + 1;
                return node;
            }

            node = child;
        }

        missing = 0;
        return node;
    }

    private static RetainedNode Extend(RetainedNode node, ReadOnlySpan<byte> topic, int missing)
    {
        var existing = topic.Count((byte)'/') + 1 - missing;
        foreach (var range in topic.Split((byte)'/'))
        {
            if (existing-- > 0)
                continue;
            var level = topic[range];
            var child = new RetainedNode(node, level, SeededHash.Of(level));
            var children = node.Children ?? new();
            children.Add(child);
            node.Children = children;
            node = child;
        }

        return node;
    }

    private void Remove(RetainedNode node)
    {
        var bytes = _bytes - node.Message!.Size;
        node.Message = null;
        _expiring.Cancel(node);
        _count--;
        for (; node is { IsEmpty: true, Parent: { } parent }; node = parent)
        {
            parent.Children!.Remove(node);
            if (parent.Children.Count == 0)
                parent.Children = null;
            bytes -= LevelCharge;
        }

        Volatile.Write(ref _bytes, bytes);
    }
}
