namespace Amqtt.Broker.Diagnostics;

/// <summary>What the broker gives up to stay within its memory: each step includes those before it.</summary>
internal enum MemoryPressure
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>New connections are refused.</summary>
    RefuseConnections,

    /// <summary>Retained messages wait before they are sent to new subscriptions.</summary>
    HoldRetained,

    /// <summary>Messages of QoS 0 are dropped.</summary>
    DropQos0,

    /// <summary>The largest queues are dropped.</summary>
    DropQueues,
}

/// <summary>
/// Watches what the process holds (<c>max_memory</c>). Above it the pressure rises by one step at each look, so that what costs least is given up first and has time to help;
/// below 95 % of it the pressure falls again. <see cref="Look"/> is called by one loop; the pressure is read by any thread.
/// </summary>
/// <param name="maximum">Bytes.</param>
/// <param name="used">What the process holds, in bytes.</param>
/// <param name="collect">Gives memory back that is only garbage: tried before anything is refused, and now and then while something is. A broker that refuses
/// everybody allocates nothing, so that nothing else would collect what the clients of before have left.</param>
internal sealed class MemoryGuard(long maximum, Func<long> used, Action collect)
{
    private const double Relief = 0.95;
    private const int ShortestWait = 10;
    private const int LongestWait = 320;

    private volatile MemoryPressure _pressure;
    private long _maximum = maximum;
    private int _looks;
    private int _wait = ShortestWait;

    /// <summary>The pressure now.</summary>
    public MemoryPressure Pressure => _pressure;

    /// <summary>Bytes above which something is given up. Any thread.</summary>
    public long Maximum
    {
        get => Volatile.Read(ref _maximum);
        set => Volatile.Write(ref _maximum, value);
    }

    /// <summary>Measures and decides. Returns whether the pressure has changed.</summary>
    public bool Look()
    {
        long most = Maximum;
        MemoryPressure before = _pressure;
        if (most == long.MaxValue && before == MemoryPressure.None) return false;
        long now = used();
        if (before == MemoryPressure.None ? now > most : now >= most * Relief && ++_looks >= _wait)
        {
            collect();
            now = used();
            // It stops everybody for a moment: where it does not help it is tried less and less often.
            _wait = before == MemoryPressure.None ? ShortestWait : Math.Min(2 * _wait, LongestWait);
            _looks = 0;
        }

        if (now > most) _pressure = (MemoryPressure)Math.Min((int)before + 1, (int)MemoryPressure.DropQueues);
        else if (now < most * Relief && before > MemoryPressure.None) _pressure = before - 1;
        return _pressure != before;
    }
}
