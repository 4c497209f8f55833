namespace Amqtt.Runtime.Plugins;

/// <summary>Calls a hook that is awaited, on the thread pool and for a limited time.</summary>
internal static class LifecycleCall
{
    /// <returns>False if its time was up, or <paramref name="cancel"/> was; the hook's token is cancelled then.</returns>
    public static async ValueTask<bool> RunAsync(Func<CancellationToken, ValueTask> call, TimeSpan timeout, TimeProvider time, CancellationToken cancel)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var task = Task.Run(async () => await call(source.Token), CancellationToken.None);
        if (await TimeLimit.WaitAsync(task, timeout, time, cancel))
        {
            source.Dispose();
            await task;
            return true;
        }

        TimeLimit.Forget(source.CancelAsync());
        TimeLimit.Forget(task);
        return false;
    }
}
