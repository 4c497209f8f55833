namespace Amqtt.Broker.Listeners;

/// <summary>How many connections a listener has, and who waits for one to end (P-B6). Any thread.</summary>
/// <param name="maximum">How many there may be.</param>
/// <param name="tryWait">Whether one more may wait; whoever gets its slot takes that back.</param>
internal sealed class ConnectionSlots(int maximum, Func<bool> tryWait)
{
    private readonly Lock _lock = new();
    private readonly Queue<Action> _waiting = [];
    private int _taken;

    /// <summary>Connections that have a slot.</summary>
    public int Taken
    {
        get
        {
            lock (_lock) return _taken;
        }
    }

    /// <summary>
    /// Takes a slot and returns true, or returns false if there is none and nobody may wait for one. If the connection may, it returns null and calls
    /// <paramref name="later"/> when a slot has become free, on whatever thread freed it.
    /// </summary>
    public bool? TryTake(Action later)
    {
        lock (_lock)
        {
            if (_taken < maximum)
            {
                _taken++;
                return true;
            }

            if (!tryWait()) return false;
            _waiting.Enqueue(later);
            return null;
        }
    }

    /// <summary>Gives a slot back, to the connection that has waited longest if there is one.</summary>
    public void Release()
    {
        Action? next;
        lock (_lock)
        {
            if (!_waiting.TryDequeue(out next)) _taken--;
        }

        next?.Invoke();
    }
}
