namespace Amqtt.Plugins.Testing;

/// <summary>Every call of a hook of the plugins under test, in the order in which the calls ended. Any thread.</summary>
public sealed class HookRecorder
{
    private readonly Feed<HookCall> _calls = new();

    internal HookRecorder()
    {
    }

    /// <summary>The calls so far.</summary>
    public IReadOnlyList<HookCall> All => _calls.Items;

    /// <summary>The calls of one hook so far.</summary>
    /// <param name="hook">The hook.</param>
    public IReadOnlyList<HookCall> Of(Hook hook) => [.. All.Where(call => call.Hook == hook)];

    /// <summary>Waits for a call, also one that was before.</summary>
    /// <param name="hook">Of which hook.</param>
    /// <param name="condition">Which call; null = the first.</param>
    /// <exception cref="PluginTestException">There is none within 30 s of real time; the message lists the calls there were.</exception>
    public Task<HookCall> WaitAsync(Hook hook, Func<HookCall, bool>? condition = null) =>
        _calls.FirstAsync(call => call.Hook == hook && condition?.Invoke(call) != false, $"a call of {hook}");

    internal void Add(HookCall call) => _calls.Add(call);
}
