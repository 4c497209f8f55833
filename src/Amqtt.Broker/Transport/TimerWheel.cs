namespace Amqtt.Broker.Transport;

/// <summary>
/// All the time-outs of one loop: keep-alive, expiry, will delay. Coarse (a quarter of a second), so that scheduling and cancelling are
/// a few pointer writes and no connection needs a timer of its own. Loop thread only.
/// </summary>
internal sealed class TimerWheel
{
    /// <summary>The resolution, in milliseconds: nothing fires early, and at most about this much late.</summary>
    public const int TickMilliseconds = 250;

    private const int SlotCount = 512; // one turn is 128 s; what is due later stays for more turns

    private readonly LoopTimer[] _slots = new LoopTimer[SlotCount];
    private readonly Action<Exception> _failed;
    private long _tick;

    /// <param name="now">Milliseconds of the loop's clock.</param>
    /// <param name="failed">Told when a timer throws; the others fire all the same.</param>
    public TimerWheel(long now, Action<Exception> failed)
    {
        _failed = failed;
        _tick = now / TickMilliseconds;
        for (int i = 0; i < SlotCount; i++) _slots[i] = LoopTimer.NewSlot();
    }

    /// <summary>Fires <paramref name="timer"/> once <paramref name="dueAt"/> (milliseconds of the loop's clock) is reached; moves it if it is scheduled already.</summary>
    public void Schedule(LoopTimer timer, long dueAt)
    {
        timer.Unlink();
        timer.DueAt = dueAt;
        // Rounded up, and never into the slot being worked on.
        long tick = Math.Max((dueAt + TickMilliseconds - 1) / TickMilliseconds, _tick + 1);
        timer.LinkBefore(_slots[tick % SlotCount]);
    }

    /// <summary>Fires everything due at <paramref name="now"/>.</summary>
    public void Advance(long now)
    {
        long target = now / TickMilliseconds;
        long first = _tick + 1;
        // After a long pause (or a leap of fake time) one turn visits every slot; more turns would find nothing new.
        if (target - first >= SlotCount) first = target - SlotCount + 1;
        for (long tick = first; tick <= target; tick++)
        {
            _tick = tick;
            _slots[tick % SlotCount].FireDue(now, _failed);
        }
    }
}
