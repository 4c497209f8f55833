using System.Collections.Concurrent;
using Amqtt.Broker.Transport;

namespace Amqtt.Broker.Routing;

/// <summary>
/// Hands messages to their receivers, for one loop: directly to those of this loop, and gathered in one batch a round for each other loop.
/// Loop thread only, except where said.
/// </summary>
internal sealed class Router : IRoundWork
{
    // What may be under way to one loop before publishers here are held up; it comes back as that loop works it off.
    private const long Credit = 8 * 1024 * 1024;

    private readonly EventLoop _loop;
    private readonly SubscriptionTree _tree;
    private readonly MatchCache _cache;
    private readonly LoopBatch?[] _open;
    private readonly ConcurrentQueue<LoopBatch> _idle = new();
    private readonly List<Channel> _heldUp = [];
    private readonly List<Action> _relieved = [];
    private EventLoop[] _loops = [];
    private long _underWay;
    private int _isHoldingUp;

    public Router(EventLoop loop, SubscriptionTree tree, int loopCount)
    {
        _loop = loop;
        _tree = tree;
        _cache = new MatchCache(tree);
        _open = new LoopBatch?[loopCount];
        loop.AtRoundEnd(this);
    }

    /// <summary>All loops by number. Before the loops start.</summary>
    public void Connect(EventLoop[] loops) => _loops = loops;

    /// <summary>Who receives a topic.</summary>
    public Match Find(ReadOnlySpan<byte> topic) => _cache.Find(topic);

    /// <summary>Whether a match found earlier still says who receives its topic: mostly a publisher's last topic is its next.</summary>
    public bool IsCurrent(Match match) => _tree.IsCurrent(match);

    /// <summary>Forgets matches that have not been asked for lately.</summary>
    public void AgeMatches() => _cache.Age();

    /// <summary>Hands <paramref name="publication"/> to everyone in <paramref name="match"/>: to their output, their queue, or their loop. Returns how many those are.</summary>
    public int Route(ref Publication publication, Match match)
    {
        int receivers = match.Count;
        Target[]?[] byLoop = match.ByLoop;
        for (int i = 0; i < byLoop.Length; i++)
        {
            Target[]? targets = byLoop[i];
            if (targets is null) continue;
            if (i == _loop.Index)
            {
                foreach (ref readonly Target target in targets.AsSpan()) target.Subscriber.Deliver(ref publication, target);
            }
            else
            {
                BatchFor(i).Add(ref publication, targets);
                PostIfLarge(i);
            }
        }

        foreach (SharedGroup group in match.Groups)
        {
            if (group.Choose() is { } chosen) RouteTo(ref publication, new Target(chosen, others: null));
            else receivers--; // its last member has just left
        }

        return receivers;
    }

    /// <summary>
    /// Hands a message that was chosen for <paramref name="from"/> to another member of its group, which it has left or is away from. False if nobody is there
    /// who could take it better.
    /// </summary>
    public bool TryPassOn(ref Publication publication, Subscription from)
    {
        if (from.Group?.Choose() is not { } other || other == from || (from.IsActive && !other.Subscriber.IsOnline)) return false;
        RouteTo(ref publication, new Target(other, others: null));
        return true;
    }

    /// <summary>Hands a client's message below <c>$</c> to the broker's own subscribers in <paramref name="match"/>, and to nobody else. Returns how many those are.</summary>
    public int RouteReserved(ref Publication publication, Match match)
    {
        int receivers = 0;
        foreach (Target[]? targets in match.ByLoop)
        {
            if (targets is null) continue;
            foreach (Target target in targets)
            {
                if (!target.Subscriber.IsInternal) continue;
                RouteTo(ref publication, target);
                receivers++;
            }
        }

        return receivers;
    }

    /// <inheritdoc/>
    public void EndRound()
    {
        for (int i = 0; i < _open.Length; i++) PostBatch(i);
    }

    /// <summary>Pauses <paramref name="publisher"/> while too much is under way to other loops. Returns whether it did.</summary>
    public bool HoldUpIfCongested(Channel publisher)
    {
        if (Volatile.Read(ref _underWay) < Credit) return false;
        publisher.Pause();
        _heldUp.Add(publisher);
        HoldUp();
        return true;
    }

    /// <summary>The same for a publisher without a connection: calls <paramref name="relieved"/> once there is room again, at once if there is.</summary>
    public void WhenRelieved(Action relieved)
    {
        if (Volatile.Read(ref _underWay) < Credit)
        {
            relieved();
            return;
        }

        _relieved.Add(relieved);
        HoldUp();
    }

    /// <summary>A batch has been worked off. Called on the loop it went to.</summary>
    internal void Returned(LoopBatch batch)
    {
        long left = Interlocked.Add(ref _underWay, -batch.Size);
        batch.Clear();
        _idle.Enqueue(batch);
        if (left < Credit / 2 && Interlocked.Exchange(ref _isHoldingUp, 0) == 1) _loop.Post(_ => GoOn());
    }

    private void RouteTo(ref Publication publication, Target target)
    {
        int loop = target.Subscriber.Loop;
        if (loop == _loop.Index)
        {
            target.Subscriber.Deliver(ref publication, target);
            return;
        }

        BatchFor(loop).Add(ref publication, [target]);
        PostIfLarge(loop);
    }

    private LoopBatch BatchFor(int loop)
    {
        if (_open[loop] is { } open) return open;
        if (!_idle.TryDequeue(out LoopBatch? batch)) batch = new LoopBatch(this);
        return _open[loop] = batch;
    }

    private void PostIfLarge(int loop)
    {
        if (_open[loop]!.Size >= LoopBatch.LargeSize) PostBatch(loop);
    }

    private void PostBatch(int loop)
    {
        if (_open[loop] is not { } batch) return;
        _open[loop] = null;
        Interlocked.Add(ref _underWay, batch.Size);
        _loops[loop].Post(batch);
    }

    private void HoldUp()
    {
        Volatile.Write(ref _isHoldingUp, 1);
        // The last batch may have come back between the look and the flag.
        if (Volatile.Read(ref _underWay) < Credit / 2) GoOn();
    }

    private void GoOn()
    {
        foreach (Action relieved in _relieved) relieved();
        _relieved.Clear();
        foreach (Channel publisher in _heldUp) publisher.Resume();
        _heldUp.Clear();
    }
}
