using Amqtt.Broker.Configuration;

namespace Amqtt.Broker.Listeners;

/// <summary>How many connections a listener has, and who waits for one to end (P-B6). Any thread.</summary>
internal sealed class ConnectionSlots(int maximum, MaxConnectionsMode mode)
{
    private const int MostWaiting = 1000; // each holds a descriptor

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
    /// Takes a slot and returns true, or returns false if there is none, or too many wait for one already. In mode <see cref="MaxConnectionsMode.Wait"/> it returns null
    /// and calls <paramref name="later"/> when a slot has become free, on whatever thread freed it.
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

            if (mode == MaxConnectionsMode.Refuse || _waiting.Count >= MostWaiting) return false;
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
