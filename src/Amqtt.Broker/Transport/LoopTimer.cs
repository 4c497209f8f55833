namespace Amqtt.Broker.Transport;

/// <summary>One time-out on a <see cref="TimerWheel"/>: a link in a slot's ring, reused for the life of its owner.</summary>
internal abstract class LoopTimer
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
        var head = new Slot();
        head.LinkToItself();
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
    internal void FireDue(long now, Action<Exception> failed)
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
            try
            {
                timer.OnDue();
            }
            catch (Exception fault)
            {
                failed(fault);
            }
        }
    }

    /// <summary>Its time has come.</summary>
    protected abstract void OnDue();

    private void LinkToItself() => _previous = _next = this;

    private sealed class Slot : LoopTimer
    {
        protected override void OnDue()
        {
        }
    }
}

/// <summary>A time-out that calls somebody.</summary>
internal sealed class TimedCallback(Action onDue) : LoopTimer
{
    /// <inheritdoc/>
    protected override void OnDue() => onDue();
}
