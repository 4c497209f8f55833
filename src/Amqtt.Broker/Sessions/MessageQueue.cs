using System.Collections;
using Amqtt.Protocol;

namespace Amqtt.Broker.Sessions;

/// <summary>What waits for one session, oldest first: a ring that grows with what it holds and counts its bytes.</summary>
internal sealed class MessageQueue : IEnumerable<QueuedMessage>
{
    // A small message costs more than its bytes; without this, empty payloads would be free.
    private const int EntryOverhead = 128;

    private QueuedMessage[] _ring = []; // most sessions never have anything waiting
    private int _head;
    private int _qos0;

    /// <summary>Messages that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Their bytes, with an allowance for each.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whether <paramref name="message"/> fits under both bounds.</summary>
    public bool HasRoomFor(in QueuedMessage message, int maxMessages, long maxBytes) => HasRoomFor(message.Message!.Size, maxMessages, maxBytes);

    /// <summary>Whether a message of <paramref name="size"/> bytes fits under both bounds.</summary>
    public bool HasRoomFor(int size, int maxMessages, long maxBytes) => Count < maxMessages && Bytes + size + EntryOverhead <= maxBytes;

    /// <summary>Whether messages of QoS 0 wait, which could make room.</summary>
    public bool HasQos0 => _qos0 > 0;

    /// <summary>Whether <paramref name="message"/> fits when there is nothing else.</summary>
    public static bool CanHold(in QueuedMessage message, long maxBytes) => SizeOf(message) <= maxBytes;

    /// <summary>Appends a message.</summary>
    public void Enqueue(in QueuedMessage message)
    {
        if (Count == _ring.Length) Grow();
        _ring[(_head + Count) & (_ring.Length - 1)] = message;
        Added(message);
    }

    /// <summary>Puts a message back in front of all others.</summary>
    public void PutBack(in QueuedMessage message)
    {
        if (Count == _ring.Length) Grow();
        _head = (_head - 1) & (_ring.Length - 1);
        _ring[_head] = message;
        Added(message);
    }

    /// <summary>Takes the oldest.</summary>
    public bool TryDequeue(out QueuedMessage message)
    {
        if (Count == 0)
        {
            message = default;
            return false;
        }

        message = _ring[_head];
        _ring[_head] = default;
        _head = (_head + 1) & (_ring.Length - 1);
        Count--;
        Bytes -= SizeOf(message);
        if (message.QoS == QoS.AtMostOnce) _qos0--;
        return true;
    }

    /// <summary>Takes out every QoS 0 message, to make room; each goes to <paramref name="dropped"/>.</summary>
    public int RemoveQos0(Action<QueuedMessage> dropped)
    {
        if (_qos0 == 0) return 0;
        int removed = 0;
        for (int left = Count; left > 0; left--)
        {
            TryDequeue(out QueuedMessage message);
            if (message.QoS != QoS.AtMostOnce)
            {
                Enqueue(message);
                continue;
            }

            removed++;
            dropped(message);
        }

        return removed;
    }

    /// <summary>What waits, oldest first.</summary>
    public IEnumerator<QueuedMessage> GetEnumerator()
    {
        for (int i = 0; i < Count; i++) yield return _ring[(_head + i) & (_ring.Length - 1)];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static int SizeOf(in QueuedMessage message) => message.Message!.Size + EntryOverhead;

    private void Added(in QueuedMessage message)
    {
        Count++;
        Bytes += SizeOf(message);
        if (message.QoS == QoS.AtMostOnce) _qos0++;
    }

    private void Grow()
    {
        var larger = new QueuedMessage[Math.Max(4, _ring.Length * 2)];
        for (int i = 0; i < Count; i++) larger[i] = _ring[(_head + i) & (_ring.Length - 1)];
        _ring = larger;
        _head = 0;
    }
}
