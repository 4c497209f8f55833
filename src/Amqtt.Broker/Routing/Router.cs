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

    // What one publisher may have under way to other loops before it waits for the answer whether its receivers keep up.
    private const int MessagesUnderWay = 256;
    private const int BytesUnderWay = 256 * 1024;

    private readonly EventLoop _loop;
    private readonly SubscriptionTree _tree;
    private readonly MatchCache _cache;
    private readonly LoopBatch?[] _open;
    private readonly ConcurrentQueue<LoopBatch> _idle = new();
    private readonly List<Channel> _heldUp = [];
    private readonly List<Action> _relieved = [];
    private Router[] _all = [];
    private long _underWay;
    private int _isHoldingUp;

    public Router(EventLoop loop, SubscriptionTree tree, int loopCount)
    {
        _loop = loop;
        _tree = tree;
        _cache = new MatchCache(tree);
        _open = new LoopBatch?[loopCount];
        Congestion = new Congestion(loop);
        loop.AtRoundEnd(this);
    }

    /// <summary>Where publishers wait for receivers of this loop.</summary>
    public Congestion Congestion { get; }

    /// <summary>Bytes that are under way from here to other loops. Any thread.</summary>
    internal long UnderWay => Volatile.Read(ref _underWay);

    /// <summary>The routers of all loops by number. Before the loops start.</summary>
    public void Connect(Router[] all) => _all = all;

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

    /// <summary>
    /// Hands a message that a member of a shared group could not take to the next one that may, on this loop as well by way of a batch: however many refuse, nobody waits
    /// for them and no call is within another. False if nobody is left.
    /// </summary>
    public bool TryOffer(ref Publication publication, OtherMembers others)
    {
        if (!others.TryNext(out Subscription? next)) return false;
        BatchFor(next.Subscriber.Loop).Add(publication.AtRest(), next, others);
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

    /// <summary>
    /// Pauses <paramref name="publisher"/> if its last message met a receiver that does not keep up, or if it has sent so much to other loops that they have to answer first.
    /// Returns whether it did.
    /// </summary>
    /// <param name="publisher">The publisher's channel.</param>
    /// <param name="last">Who got its last message.</param>
    /// <param name="messages">Its messages to other loops since it waited last; reset when it waits.</param>
    /// <param name="bytes">Their bytes.</param>
    /// <param name="hasToCatchUp">The publisher is a receiver that others wait for: it has to be read, because its acknowledgements are what they wait for.</param>
    public bool HoldUpIfFasterThanReceivers(Channel publisher, Match last, ref int messages, ref int bytes, bool hasToCatchUp)
    {
        if (Congestion.IsReported && Congestion.TakeReport() && !hasToCatchUp)
        {
            Congestion.Hold(publisher);
            return true;
        }

        if (messages < MessagesUnderWay && bytes < BytesUnderWay) return false;
        messages = bytes = 0;
        return !hasToCatchUp && AwaitOthers(publisher, last);
    }

    /// <summary>Where publishers wait for receivers of <paramref name="loop"/>.</summary>
    internal Congestion CongestionOf(EventLoop loop) => _all[loop.Index].Congestion;

    /// <summary>A batch has been worked off. Called on the loop it went to.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="waiting">Publishers of this router's loop that have waited for it.</param>
    internal void Returned(LoopBatch batch, Channel[] waiting)
    {
        if (waiting.Length > 0) _loop.Post(_ => Array.ForEach(waiting, static publisher => publisher.LetGo()));
        long left = Interlocked.Add(ref _underWay, -batch.Size);
        batch.Clear();
        _idle.Enqueue(batch);
        if (left < Credit / 2 && Interlocked.Exchange(ref _isHoldingUp, 0) == 1) _loop.Post(_ => GoOn());
    }

    private bool AwaitOthers(Channel publisher, Match last)
    {
        for (int i = 0; i < _open.Length; i++)
        {
            // Batches are worked off in order, so the last one tells of all before it; one is enough, since the credit bounds the others.
            if (_open[i] is not { } open || (last.ByLoop[i] is null && last.Groups.Length == 0)) continue;
            open.Await(publisher);
            publisher.Pause();
            return true;
        }

        return false;
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
    }

    private LoopBatch BatchFor(int loop)
    {
        // A large one does not wait for the end of the round, but for the next message: who sent its last may have to wait for it.
        if (_open[loop]?.Size >= LoopBatch.LargeSize) PostBatch(loop);
        if (_open[loop] is { } open) return open;
        if (!_idle.TryDequeue(out LoopBatch? batch)) batch = new LoopBatch(this);
        return _open[loop] = batch;
    }

    private void PostBatch(int loop)
    {
        if (_open[loop] is not { } batch) return;
        _open[loop] = null;
        Interlocked.Add(ref _underWay, batch.Size);
        _all[loop]._loop.Post(batch);
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
        foreach (Channel publisher in _heldUp) publisher.LetGo();
        _heldUp.Clear();
    }
}
