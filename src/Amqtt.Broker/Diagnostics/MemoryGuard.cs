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
/// <param name="collect">Gives memory back that is only garbage: tried once before anything is refused.</param>
internal sealed class MemoryGuard(long maximum, Func<long> used, Action collect)
{
    private const double Relief = 0.95;

    private volatile MemoryPressure _pressure;

    /// <summary>The pressure now.</summary>
    public MemoryPressure Pressure => _pressure;

    /// <summary>Measures and decides. Returns whether the pressure has changed.</summary>
    public bool Look()
    {
        if (maximum == long.MaxValue) return false;
        MemoryPressure before = _pressure;
        long now = used();
        if (now > maximum && before == MemoryPressure.None)
        {
            collect();
            now = used();
        }

        if (now > maximum) _pressure = (MemoryPressure)Math.Min((int)before + 1, (int)MemoryPressure.DropQueues);
        else if (now < maximum * Relief && before > MemoryPressure.None) _pressure = before - 1;
        return _pressure != before;
    }
}
