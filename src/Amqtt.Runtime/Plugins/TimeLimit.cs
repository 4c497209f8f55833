namespace Amqtt.Runtime.Plugins;

/// <summary>Waiting for a plugin, but not for ever.</summary>
internal static class TimeLimit
{
    /// <summary>Waits until the task completes in whatever way, its time is up, or nobody waits any more.</summary>
    /// <returns>True if the task is completed; await it then for its result.</returns>
    public static async ValueTask<bool> WaitAsync(Task task, TimeSpan timeout, TimeProvider time, CancellationToken cancel = default)
    {
        if (task.IsCompleted) return true;
        await task.WaitAsync(timeout, time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return task.IsCompleted;
    }

    /// <summary>Looks at what a task that nobody waits for may still throw, so that it does not surface as unobserved.</summary>
    public static void Forget(Task task) =>
        _ = task.ContinueWith(static late => _ = late.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
