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
    private long _tick;

    public TimerWheel(long now)
    {
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
            _slots[tick % SlotCount].FireDue(now);
        }
    }
}

/// <summary>One time-out on a <see cref="TimerWheel"/>: a link in a slot's ring, reused for the life of its owner.</summary>
internal sealed class LoopTimer(Action onDue)
{
    private LoopTimer? _previous;
    private LoopTimer? _next;

    /// <summary>When it fires, in milliseconds of the loop's clock.</summary>
    public long DueAt { get; internal set; }

    /// <summary>Whether it is waiting.</summary>
    public bool IsScheduled => _next is not null;

    /// <summary>Takes it off the wheel; harmless when it is not on it.</summary>
    public void Cancel() => Unlink();

    internal static LoopTimer NewSlot()
    {
        var head = new LoopTimer(static () => { });
        head._previous = head._next = head;
        return head;
    }

    internal void LinkBefore(LoopTimer head)
    {
        _previous = head._previous;
        _next = head;
        head._previous!._next = this;
        head._previous = this;
    }

    internal void Unlink()
    {
        if (_next is null) return;
        _previous!._next = _next;
        _next._previous = _previous;
        _previous = _next = null;
    }

    /// <summary>Called on a slot's head. A callback may schedule or cancel any timer, so the due ones move to a ring of their own first.</summary>
    internal void FireDue(long now)
    {
        if (_next == this) return;
        LoopTimer due = NewSlot();
        for (LoopTimer timer = _next!; timer != this;)
        {
            LoopTimer following = timer._next!;
            if (timer.DueAt <= now)
            {
                timer.Unlink();
                timer.LinkBefore(due);
            }

            timer = following;
        }

        while (due._next != due)
        {
            LoopTimer timer = due._next!;
            timer.Unlink();
            timer.Fire();
        }
    }

    private void Fire() => onDue();
}
