using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Amqtt.Broker.Transport;

/// <summary>
/// One thread that owns its channels and whatever hangs on them. A round: wait, read every readable channel once, run what other threads
/// posted, hand over what was gathered for other loops, and write every dirty channel once. Nothing in a round blocks or locks.
/// </summary>
internal sealed class EventLoop : IDisposable
{
    // A smaller buffer would save nothing that counts; connections bound what they read by themselves.
    private const int SmallestReadSize = 256 * 1024;

    private readonly ConcurrentQueue<LoopWork> _inbox = new();
    private readonly List<IRoundWork> _atRoundEnd = [];
    private readonly Thread _thread;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private List<Channel> _dirty = [];
    private List<Channel> _flushing = [];
    private List<Channel> _resuming = [];
    private List<Channel> _resumingNow = [];
    private int _signalled;
    private bool _stopping;
    private volatile bool _hasEnded;

    public EventLoop(int index, LoopClock clock, ILogger log, int readSize = SmallestReadSize)
    {
        ReadBuffer = GC.AllocateUninitializedArray<byte>(Math.Max(readSize, SmallestReadSize), pinned: true);
        Index = index;
        Clock = clock;
        Now = clock.Now;
        Log = log;
        Poller = Poller.Create();
        Timers = new TimerWheel(clock.Now, fault => TransportLog.LoopWorkFailed(log, fault, index));
        _thread = new Thread(Run) { IsBackground = true, Name = $"amqtt-loop-{index}" };
        ThreadId = _thread.ManagedThreadId;
    }

    /// <summary>Its number, from 0.</summary>
    public int Index { get; }

    /// <summary>The identifier of its thread.</summary>
    public int ThreadId { get; }

    /// <summary>The broker's clock.</summary>
    public LoopClock Clock { get; }

    /// <summary>Milliseconds of the clock, read once a round.</summary>
    public long Now { get; private set; }

    /// <summary>The loop's time-outs.</summary>
    public TimerWheel Timers { get; }

    /// <summary>The loop's buffers.</summary>
    public BufferPool Buffers { get; } = new();

    /// <summary>Whether the caller is on this loop.</summary>
    public bool IsCurrent => Thread.CurrentThread == _thread;

    /// <summary>Completes when the loop's thread has ended.</summary>
    public Task Stopped => _stopped.Task;

    /// <summary>MQTT bytes that connections of this loop have taken in. Written on the loop.</summary>
    public long BytesReceived { get; set; }

    /// <summary>Bytes that were appended to the output of this loop's channels. Written on the loop.</summary>
    public long BytesSent { get; set; }

    internal Poller Poller { get; }

    internal ILogger Log { get; }

    /// <summary>Where every channel of this loop reads to; valid until the handler returns.</summary>
    internal byte[] ReadBuffer { get; }

    /// <summary>Adds work that runs at the end of every round, before the writes. Before <see cref="Start"/> only.</summary>
    public void AtRoundEnd(IRoundWork work) => _atRoundEnd.Add(work);

    /// <summary>Starts the thread.</summary>
    public void Start() => _thread.Start();

    /// <summary>Runs <paramref name="work"/> on this loop, in the order posted by each thread. Any thread; never blocks.</summary>
    public void Post(LoopWork work)
    {
        _inbox.Enqueue(work);
        // Either this sees that the loop has ended, or the loop at its end sees the work: nobody waits for ever.
        if (_hasEnded)
        {
            AbandonInbox();
            return;
        }

        // One wake-up a round, however much is posted: the flag falls before the inbox is emptied.
        if (Interlocked.Exchange(ref _signalled, 1) == 0) Poller.Wake();
    }

    /// <summary>Runs <paramref name="callback"/> on this loop. Any thread.</summary>
    public void Post(Action<EventLoop> callback) => Post(new LoopCallback(callback));

    /// <summary>
    /// Runs <paramref name="action"/> on this loop; the task completes when it has run, with its exception if it threw, or when the loop has ended and will not run it. Any thread but the
    /// loop's own.
    /// </summary>
    public Task RunAsync(Action action)
    {
        return RunAsync(Run, whenStopped: false);

        bool Run()
        {
            action();
            return true;
        }
    }

    /// <summary>Runs <paramref name="function"/> on this loop. Any thread, the loop's own included as long as it does not block on the result.</summary>
    /// <param name="function">What to do.</param>
    /// <param name="whenStopped">The result if the loop has ended.</param>
    public Task<T> RunAsync<T>(Func<T> function, T whenStopped)
    {
        var call = new LoopCall<T>(function, whenStopped);
        Post(call);
        return call.Result;
    }

    /// <summary>Sees to it that a fault of <paramref name="task"/>, which goes on by itself, is logged and not lost.</summary>
    public void Watch(Task task)
    {
        if (task.IsCompletedSuccessfully) return;
        _ = task.ContinueWith(
            static (ended, state) => TransportLog.LoopWorkFailed(((EventLoop)state!).Log, ended.Exception!.GetBaseException(), ((EventLoop)state).Index),
            this,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    /// <summary>Ends the thread after the current round; channels must have been closed before.</summary>
    public void Stop() => Post(static loop => loop._stopping = true);

    /// <inheritdoc/>
    public void Dispose() => Poller.Dispose();

    /// <summary>Writes <paramref name="channel"/> at the end of this round.</summary>
    internal void MarkDirty(Channel channel) => _dirty.Add(channel);

    /// <summary>Continues <paramref name="channel"/>'s unparsed bytes in the next round.</summary>
    internal void ResumeNextRound(Channel channel) => _resuming.Add(channel);

    private void Run()
    {
        try
        {
            while (!_stopping) Round();
            _stopped.SetResult();
        }
        catch (Exception fault)
        {
            // Only a broken poller gets here; whoever awaits the loop's end is told, and nothing else can go on.
            TransportLog.LoopFailed(Log, fault, Index);
            _stopped.SetException(fault);
        }
        finally
        {
            _hasEnded = true;
            Interlocked.MemoryBarrier();
            AbandonInbox();
        }
    }

    private void AbandonInbox()
    {
        while (_inbox.TryDequeue(out LoopWork? work)) work.Abandon();
    }

    private void Round()
    {
        int ready = Poller.Wait(block: _inbox.IsEmpty && _resuming.Count == 0);
        Now = Clock.Now;
        Poller.Dispatch(ready);
        RunInbox();
        ResumeChannels();
        foreach (IRoundWork work in _atRoundEnd) work.EndRound();
        FlushChannels();
    }

    private void RunInbox()
    {
        Volatile.Write(ref _signalled, 0);
        Interlocked.MemoryBarrier();
        // What is posted meanwhile waits for the next round, so that channels get their turn.
        for (int left = _inbox.Count; left > 0 && _inbox.TryDequeue(out LoopWork? work); left--)
        {
            try
            {
                work.Run(this);
            }
            catch (Exception fault)
            {
                // A fault in one piece of work, want of memory included, must not end the loop and with it everybody else.
                TransportLog.LoopWorkFailed(Log, fault, Index);
            }
        }
    }

    private void ResumeChannels()
    {
        if (_resuming.Count == 0) return;
        (_resuming, _resumingNow) = (_resumingNow, _resuming);
        foreach (Channel channel in _resumingNow) channel.ContinueInput(this);
        _resumingNow.Clear();
    }

    private void FlushChannels()
    {
        // Writing may find a closed peer, whose will makes further channels dirty: those are written in this round as well.
        while (_dirty.Count > 0)
        {
            (_dirty, _flushing) = (_flushing, _dirty);
            foreach (Channel channel in _flushing) channel.FlushRound(this);
            _flushing.Clear();
        }
    }
}

/// <summary>Work at the end of a loop's round.</summary>
internal interface IRoundWork
{
    /// <summary>Called on the loop after everything was read and before anything is written.</summary>
    void EndRound();
}
