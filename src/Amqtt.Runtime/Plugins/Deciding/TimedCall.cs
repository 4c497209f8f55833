using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <summary>Calls a rare deciding hook on the thread pool and waits for it no longer than its time-out; what goes wrong is logged and counted.</summary>
internal static class TimedCall
{
    /// <returns>Whether it completed, and its result. Never throws.</returns>
    public static async ValueTask<(bool Completed, T? Result)> RunAsync<T>(
        Func<CancellationToken, ValueTask<T>> call, HostedPlugin plugin, Hook hook, TimeSpan timeout, TimeProvider time, CancellationToken gone)
    {
        plugin.Calls.Enter();
        var source = CancellationTokenSource.CreateLinkedTokenSource(gone);
        var task = Task.Run(async () => await call(source.Token), CancellationToken.None);
        if (!await TimeLimit.WaitAsync(task, timeout, time, gone))
        {
            TimeLimit.Forget(source.CancelAsync());
            TimeLimit.Forget(task);
            // A client that hung up while it was being decided about is nobody's fault.
            if (!gone.IsCancellationRequested) plugin.Faults.TimedOut(hook, timeout);
            plugin.Calls.Leave();
            return (false, default);
        }

        try
        {
            return (true, await task);
        }
        catch (Exception exception)
        {
            if (!gone.IsCancellationRequested) plugin.Faults.Threw(hook, exception);
            return (false, default);
        }
        finally
        {
            source.Dispose();
            plugin.Calls.Leave();
        }
    }
}
