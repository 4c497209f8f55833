namespace Amqtt.Broker.Sessions;

/// <summary>The last resort against a lack of memory: the sessions that hold most of what is queued lose their queues.</summary>
internal static class LargestQueues
{
    /// <summary>Drops the largest queues, as many as hold half of all bytes that are queued.</summary>
    public static void Drop(IEnumerable<Session> sessions)
    {
        var queues = new List<Outbox>();
        long total = 0;
        foreach (Session session in sessions)
        {
            if (session.Outbox.QueuedBytes == 0) continue;
            queues.Add(session.Outbox);
            total += session.Outbox.QueuedBytes;
        }

        queues.Sort(static (a, b) => b.QueuedBytes.CompareTo(a.QueuedBytes));
        long left = total / 2;
        foreach (Outbox queue in queues)
        {
            if (left < 0) return;
            left -= queue.QueuedBytes;
            queue.DropQueue();
        }
    }
}
