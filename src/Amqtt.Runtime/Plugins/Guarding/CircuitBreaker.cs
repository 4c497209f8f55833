namespace Amqtt.Runtime.Plugins;

/// <summary>How a call got past a <see cref="CircuitBreaker"/>.</summary>
internal enum Entry
{
    /// <summary>It did not: the hook is not called.</summary>
    Refused,

    /// <summary>As usual.</summary>
    Normal,

    /// <summary>As the one call that finds out whether the plugin has recovered.</summary>
    Probe,
}

/// <summary>
/// Stops calling a hook that mostly fails, so that nobody waits for what will not come: when half of at least 20 calls failed within ten seconds it opens for
/// five, then lets one call through, and closes if that one succeeds.
/// </summary>
/// <remarks>While it is closed a call costs one read. The window moves in steps of a second, driven by the host's timer.</remarks>
internal sealed class CircuitBreaker(TimeProvider time, CallCounter calls)
{
    public static readonly TimeSpan OpenTime = TimeSpan.FromSeconds(5);

    private const int FewestCalls = 20;
    private const int Seconds = 10;

    private readonly Lock _gate = new();
    private readonly (long Calls, long Faults)[] _past = new (long, long)[Seconds];
    private int _oldest;
    private long _faults;
    private long _openedAt;
    private volatile State _state;

    private enum State
    {
        Closed,
        Open,
        Probing,
    }

    public bool IsClosed => _state == State.Closed;

    /// <summary>Whether a call may be made. Whoever is not refused must report how it ended.</summary>
    public Entry TryEnter()
    {
        if (_state == State.Closed) return Entry.Normal;
        lock (_gate)
        {
            if (_state == State.Closed) return Entry.Normal;
            if (_state == State.Probing || time.GetElapsedTime(_openedAt) < OpenTime) return Entry.Refused;
            _state = State.Probing;
            return Entry.Probe;
        }
    }

    /// <summary>A call succeeded. True: the plugin has recovered.</summary>
    public bool Succeeded(Entry entry)
    {
        if (entry != Entry.Probe) return false;
        lock (_gate)
        {
            _state = State.Closed;
            // What was before the recovery does not count any more.
            Array.Fill(_past, (calls.Total, _faults));
            return true;
        }
    }

    /// <summary>A call failed. True: that was too many, and the hook is not called for a while.</summary>
    public bool Failed(Entry entry)
    {
        lock (_gate)
        {
            _faults++;
            if (entry == Entry.Probe)
            {
                Open();
                return false;
            }

            if (_state != State.Closed) return false;
            var (callsBefore, faultsBefore) = _past[_oldest];
            var (recent, faulty) = (calls.Total - callsBefore, _faults - faultsBefore);
            if (recent < FewestCalls || faulty * 2 < recent) return false;
            Open();
            return true;
        }
    }

    /// <summary>A call came to nothing for no fault of the plugin: the next one finds out.</summary>
    public void GaveUp(Entry entry)
    {
        if (entry != Entry.Probe) return;
        lock (_gate) _state = State.Open;
    }

    /// <summary>A second has passed.</summary>
    public void Tick()
    {
        lock (_gate)
        {
            _past[_oldest] = (calls.Total, _faults);
            _oldest = (_oldest + 1) % Seconds;
        }
    }

    private void Open()
    {
        _state = State.Open;
        _openedAt = time.GetTimestamp();
    }
}
