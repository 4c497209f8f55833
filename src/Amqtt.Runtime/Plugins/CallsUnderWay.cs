namespace Amqtt.Runtime.Plugins;

/// <summary>Counts the calls of a plugin that somebody waits for, so that it can be stopped when the last is done. Any thread.</summary>
internal sealed class CallsUnderWay
{
    private int _count;
    private TaskCompletionSource? _none;

    /// <summary>A call begins.</summary>
    public void Enter() => Interlocked.Increment(ref _count);

    /// <summary>It is over, or nobody waits for it any more.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _count) == 0) Volatile.Read(ref _none)?.TrySetResult();
    }

    /// <summary>Waits until there is none. No more may begin. False if it took too long.</summary>
    public async ValueTask<bool> WhenNoneAsync(TimeSpan patience, TimeProvider time)
    {
        var none = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _none, none);
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _count) == 0) none.TrySetResult();
        return await TimeLimit.WaitAsync(none.Task, patience, time);
    }
}
