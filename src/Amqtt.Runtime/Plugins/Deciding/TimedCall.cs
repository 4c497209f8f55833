using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <summary>Calls a rare deciding hook on the thread pool, through its gate, and waits for it no longer than its time-out; what goes wrong is logged and counted.</summary>
internal static class TimedCall
{
    /// <returns>Whether it completed, and its result. Never throws.</returns>
    public static async ValueTask<(bool Completed, T? Result)> RunAsync<T>(
        Func<CancellationToken, ValueTask<T>> call, HostedPlugin plugin, Hook hook, TimeSpan timeout, CancellationToken gone)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(gone);
        var result = default(T);
        var ended = await plugin.GateOf(hook).CallAsync(async () => result = await call(source.Token), begun: null, timeout, gone);
        if (ended.End is CallEnd.TimedOut or CallEnd.GaveUp) TimeLimit.Forget(source.CancelAsync());
        else source.Dispose();
        return ended.End == CallEnd.Completed ? (true, result) : (false, default);
    }
}
