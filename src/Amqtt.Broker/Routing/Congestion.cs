using Amqtt.Broker.Transport;

namespace Amqtt.Broker.Routing;

/// <summary>
/// Where publishers of one loop's receivers wait: a publisher that outruns a receiver is not read until that has caught up, so that its own socket slows it down instead of messages
/// being dropped. A receiver that does not catch up within a quarter of a second holds up nobody any more: what overflows is its own affair, and its neighbours do not notice.
/// Loop thread only.
/// </summary>
internal sealed class Congestion
{
    private const long Patience = TimerWheel.TickMilliseconds;

    private readonly EventLoop _loop;
    private readonly LoopTimer _timer;
    private readonly List<Pace> _congested = [];
    private readonly List<Channel> _held = [];
    private readonly List<LoopBatch> _parked = [];
    private List<Action> _told = [];

    public Congestion(EventLoop loop)
    {
        _loop = loop;
        _timer = new TimedCallback(LoseSlowOnes);
    }

    /// <summary>Whether a message has met a congested receiver since <see cref="TakeReport"/>.</summary>
    public bool IsReported { get; private set; }

    /// <summary>Whether a message has met a congested receiver since this was asked last.</summary>
    public bool TakeReport()
    {
        bool reported = IsReported;
        IsReported = false;
        return reported;
    }

    /// <summary>A receiver has more waiting for it than is good.</summary>
    public void Report(Pace receiver)
    {
        if (receiver.IsSlow) return;
        IsReported = true;
        if (receiver.IsCongested) return;
        receiver.IsCongested = true;
        receiver.Since = _loop.Now;
        _congested.Add(receiver);
        if (!_timer.IsScheduled) _loop.Timers.Schedule(_timer, _loop.Now + Patience);
    }

    /// <summary>A receiver has caught up.</summary>
    public void CaughtUp(Pace receiver)
    {
        receiver.IsSlow = false;
        if (!receiver.IsCongested) return;
        receiver.IsCongested = false;
        _congested.Remove(receiver);
        GoOn();
    }

    /// <summary>Stops reading a publisher of this loop until receivers have caught up.</summary>
    public void Hold(Channel publisher)
    {
        publisher.Pause();
        _held.Add(publisher);
    }

    /// <summary>Calls <paramref name="goOn"/> once, when receivers have caught up.</summary>
    public void Tell(Action goOn) => _told.Add(goOn);

    /// <summary>Keeps a batch of another loop back, and with it the publishers that wait for it.</summary>
    public void Park(LoopBatch batch) => _parked.Add(batch);

    private void LoseSlowOnes()
    {
        for (int i = _congested.Count - 1; i >= 0; i--)
        {
            Pace receiver = _congested[i];
            if (_loop.Now - receiver.Since < Patience) continue;
            receiver.IsCongested = false;
            receiver.IsSlow = true;
            _congested.RemoveAt(i);
        }

        if (_congested.Count > 0) _loop.Timers.Schedule(_timer, _loop.Now + Patience);
        GoOn();
    }

    /// <summary>Everybody tries again; whoever still meets a congested receiver waits again.</summary>
    private void GoOn()
    {
        foreach (Channel publisher in _held) publisher.LetGo();
        _held.Clear();
        foreach (LoopBatch batch in _parked) batch.Return();
        _parked.Clear();
        if (_told.Count == 0) return;
        List<Action> told = _told;
        _told = []; // who has to wait on is told again
        foreach (Action goOn in told) goOn();
    }
}

/// <summary>Whether a receiver keeps up with what is sent to it.</summary>
internal sealed class Pace
{
    /// <summary>Publishers wait for it.</summary>
    public bool IsCongested { get; set; }

    /// <summary>It did not catch up in time: nobody waits for it until it has.</summary>
    public bool IsSlow { get; set; }

    /// <summary>Since when it is congested (loop milliseconds).</summary>
    public long Since { get; set; }
}
