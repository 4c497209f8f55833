using System.Collections.Concurrent;

namespace Amqtt.Plugins.Testing;

/// <summary>Makes hooks of the plugins under test fail on demand, to see what the broker and the plugin's neighbours make of it. Any thread.</summary>
public sealed class HookFaults
{
    private readonly ConcurrentDictionary<Hook, Fault> _faults = new();

    internal HookFaults()
    {
    }

    /// <summary>From now on the hook throws instead of running.</summary>
    /// <param name="hook">The hook.</param>
    /// <param name="exception">What it throws; null = an <see cref="InvalidOperationException"/>.</param>
    public void Throw(Hook hook, Exception? exception = null) =>
        _faults[hook] = new(exception ?? new InvalidOperationException($"{hook} fails on demand."), HeedsCancellation: false);

    /// <summary>From now on the hook does not end by itself: its time-out has to end it, which needs <see cref="PluginTestHost.Time"/> to be advanced.</summary>
    /// <param name="hook">The hook.</param>
    /// <param name="heedsCancellation">Whether it ends when its token is cancelled; otherwise never.</param>
    public void Hang(Hook hook, bool heedsCancellation = true) => _faults[hook] = new(null, heedsCancellation);

    /// <summary>The hook runs again.</summary>
    /// <param name="hook">The hook.</param>
    public void Heal(Hook hook) => _faults.TryRemove(hook, out _);

    /// <summary>Whether observing hooks get a token that is cancelled already.</summary>
    internal bool CancelsTokens { get; set; }

    internal ValueTask BeforeAsync(Hook hook, CancellationToken cancel) => _faults.TryGetValue(hook, out var fault) ? FailAsync(fault, cancel) : default;

    private static async ValueTask FailAsync(Fault fault, CancellationToken cancel)
    {
        if (fault.Exception is { } exception) throw exception;
        await Task.Delay(Timeout.Infinite, fault.HeedsCancellation ? cancel : CancellationToken.None);
    }

    private sealed record Fault(Exception? Exception, bool HeedsCancellation);
}
