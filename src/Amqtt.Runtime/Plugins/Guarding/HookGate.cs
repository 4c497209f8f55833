using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <summary>How a guarded call ended.</summary>
internal enum CallEnd
{
    /// <summary>The hook completed; its task has the result.</summary>
    Completed,

    /// <summary>The hook threw.</summary>
    Threw,

    /// <summary>Its time is up; it may still be running.</summary>
    TimedOut,

    /// <summary>It was not called: its breaker is open, or all places are taken.</summary>
    Refused,

    /// <summary>Whoever asked is gone.</summary>
    GaveUp,
}

/// <summary>
/// What stands between the broker and one hook of one plugin that decides or transforms: where it is called, its circuit breaker, its places, its time-out, its counters. It lives as long as
/// the plugin, whatever becomes of the hook table.
/// </summary>
internal sealed class HookGate
{
    private readonly PluginFaults _faults;
    private readonly TimeProvider _time;
    private readonly Bulkhead? _bulkhead;
    private readonly BlockWatch _watch;

    public HookGate(Hook hook, PluginFaults faults, TimeProvider time, Bulkhead? bulkhead, bool mayBePromoted)
    {
        Hook = hook;
        _faults = faults;
        _time = time;
        _bulkhead = bulkhead;
        Promotion = new() { IsPossible = mayBePromoted && bulkhead is null }; // whoever may have to wait for a place does not do it on a loop
        Breaker = new(time, Calls);
        _watch = new(time, Calls);
    }

    public Hook Hook { get; }

    public Promotion Promotion { get; }

    public CallCounter Calls { get; } = new();

    /// <summary>The calls of the whole plugin that somebody waits for.</summary>
    public CallsUnderWay UnderWay { get; init; } = new();

    public CircuitBreaker Breaker { get; }

    /// <summary>Whether the hook can be called on the thread that asks, at once and without further ado.</summary>
    public bool IsDirect => Promotion.IsEarned && Breaker.IsClosed;

    /// <summary>Counts a direct call.</summary>
    /// <param name="thread">The identifier of this thread.</param>
    /// <param name="milliseconds">What the coarse clock says. The first call of each of its steps is measured: all calls of a quiet plugin, and few of a busy one.</param>
    /// <param name="sampledStart">Not 0: it is one whose duration is to be measured, and this is when it began.</param>
    public CallCounter.Running BeginDirect(int thread, long milliseconds, out long sampledStart)
    {
        var running = Calls.Begin(thread);
        sampledStart = running.IsFirstAt(milliseconds) ? _time.GetTimestamp() : 0;
        return running;
    }

    /// <summary>A direct call has returned: looks at how long it held up its thread.</summary>
    public void EndDirect(CallCounter.Running running, long sampledStart, long milliseconds)
    {
        running.End();
        if (sampledStart != 0) _faults.Lasted(Hook, _time.GetElapsedTime(sampledStart));
        if (milliseconds > Promotion.TooSlowMilliseconds && Promotion.Revoke()) _faults.MovedToPool(Hook, milliseconds);
    }

    /// <summary>A second has passed: names direct calls that do not return, and spares the other event loops the same.</summary>
    public void Tick()
    {
        Breaker.Tick();
        foreach (var since in _watch.Look())
        {
            Promotion.Revoke();
            _faults.BlocksLoop(Hook, since);
        }
    }

    /// <summary>
    /// Calls the hook, or goes on with a call that has been made (by <see cref="BeginDirect"/>), and waits for it no longer than its time-out. What goes wrong is logged and counted. Never throws.
    /// </summary>
    public async ValueTask<GuardedCall> CallAsync(Func<Task>? call, Task? begun, TimeSpan timeout, CancellationToken cancel = default)
    {
        UnderWay.Enter();
        try
        {
            return await CallCoreAsync(call, begun, timeout, cancel);
        }
        finally
        {
            UnderWay.Leave();
        }
    }

    private async ValueTask<GuardedCall> CallCoreAsync(Func<Task>? call, Task? begun, TimeSpan timeout, CancellationToken cancel)
    {
        var entry = Entry.Normal;
        if (begun is null)
        {
            entry = Breaker.TryEnter();
            if (entry == Entry.Refused) return Refuse();
            if (_bulkhead is not null && !await _bulkhead.EnterAsync(timeout, _time, cancel)) return NoPlace(entry, timeout, cancel);
            Calls.Add();
            begun = OnPool(call!);
            _bulkhead?.LeaveWhenDone(begun);
        }

        if (!await TimeLimit.WaitAsync(begun, timeout, _time, cancel))
        {
            TimeLimit.Forget(begun);
            if (cancel.IsCancellationRequested) return GaveUp(entry);
            _faults.TimedOut(Hook, timeout);
            Failed(entry);
            return new(CallEnd.TimedOut, begun);
        }

        if (begun.IsCompletedSuccessfully)
        {
            if (Breaker.Succeeded(entry)) _faults.Recovered(Hook);
            return new(CallEnd.Completed, begun);
        }

        // A client that hung up while a plugin decided about it is nobody's fault.
        if (cancel.IsCancellationRequested) return GaveUp(entry);
        _faults.Threw(Hook, begun.Exception?.InnerException ?? new TaskCanceledException(begun));
        Failed(entry);
        return new(CallEnd.Threw, begun);
    }

    /// <summary>On the pool, counting how long the part took that occupies the thread.</summary>
    private Task OnPool(Func<Task> call) => Task.Run(async () =>
    {
        var started = _time.GetTimestamp();
        var task = call();
        if (Promotion.CountPoolCall(_time.GetElapsedTime(started))) _faults.MovedToCaller(Hook);
        await task;
        _faults.Lasted(Hook, _time.GetElapsedTime(started));
    });

    private GuardedCall Refuse()
    {
        _faults.Refused(Hook);
        return new(CallEnd.Refused, Task.CompletedTask);
    }

    private GuardedCall NoPlace(Entry entry, TimeSpan timeout, CancellationToken cancel)
    {
        Breaker.GaveUp(entry);
        if (cancel.IsCancellationRequested) return new(CallEnd.GaveUp, Task.CompletedTask);
        _faults.FoundNoPlace(Hook, timeout);
        return new(CallEnd.Refused, Task.CompletedTask);
    }

    private GuardedCall GaveUp(Entry entry)
    {
        Breaker.GaveUp(entry);
        return new(CallEnd.GaveUp, Task.CompletedTask);
    }

    private void Failed(Entry entry)
    {
        if (Breaker.Failed(entry)) _faults.BreakerOpened(Hook, CircuitBreaker.OpenTime);
    }
}

/// <summary>A call that has ended, in whatever way.</summary>
/// <param name="End">How.</param>
/// <param name="Task">Completed, with its result, if <paramref name="End"/> says so.</param>
internal readonly record struct GuardedCall(CallEnd End, Task Task);
