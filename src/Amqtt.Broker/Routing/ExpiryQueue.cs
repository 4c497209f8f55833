namespace Amqtt.Broker.Routing;

/// <summary>
/// The retained messages that expire, the next one first. Rescheduling leaves the old entry behind, told apart by its ticket;
/// when most entries are such leavings, the queue is made anew, so that a topic set over and over costs no memory.
/// Used under the store's lock.
/// </summary>
internal sealed class ExpiryQueue
{
    private const int LeavingsToTolerate = 64;

    private PriorityQueue<Entry, long> _entries = new();
    private int _scheduled;
    private long _lastTicket;

    /// <summary>Number of entries, leavings included. For tests.</summary>
    public int Length => _entries.Count;

    /// <summary>Schedules a node, instead of what was scheduled for it before.</summary>
    public void Schedule(RetainedNode node, long expiresAt)
    {
        Cancel(node);
        if (expiresAt == long.MaxValue)
            return;
        node.ExpiryTicket = ++_lastTicket;
        _entries.Enqueue(new(node, node.ExpiryTicket), expiresAt);
        _scheduled++;
        if (_entries.Count > (2 * _scheduled) + LeavingsToTolerate)
            DropLeavings();
    }

    /// <summary>Forgets what is scheduled for a node, if anything.</summary>
    public void Cancel(RetainedNode node)
    {
        if (node.ExpiryTicket == 0)
            return;
        node.ExpiryTicket = 0;
        _scheduled--;
    }

    /// <summary>Takes a node whose message has expired, or returns null.</summary>
    public RetainedNode? TakeDue(long now)
    {
        while (_entries.TryPeek(out var entry, out var expiresAt) && expiresAt <= now)
        {
            _entries.Dequeue();
            if (!entry.IsCurrent)
                continue;
            Cancel(entry.Node);
            return entry.Node;
        }

        return null;
    }

    private void DropLeavings()
    {
        var current = new PriorityQueue<Entry, long>(_scheduled);
        foreach (var (entry, expiresAt) in _entries.UnorderedItems)
        {
            if (entry.IsCurrent)
                current.Enqueue(entry, expiresAt);
        }

        _entries = current;
    }

    private readonly record struct Entry(RetainedNode Node, long Ticket)
    {
        public bool IsCurrent => Node.ExpiryTicket == Ticket;
    }
}
