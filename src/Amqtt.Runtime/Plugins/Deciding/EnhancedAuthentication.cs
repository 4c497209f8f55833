using System.Diagnostics.CodeAnalysis;
using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <summary>The methods of enhanced authentication that plugins offer.</summary>
internal sealed class EnhancedAuthentication(IReadOnlyList<HostedPlugin> plugins)
{
    /// <summary>Whether nobody offers a method.</summary>
    public bool IsEmpty => plugins.Count == 0;

    /// <summary>Begins an exchange; null if nobody offers the method.</summary>
    public RunningExchange? Begin(string method, AuthenticateContext context)
    {
        foreach (var plugin in plugins)
        {
            if (plugin.Instance is IEnhancedAuthPlugin role && string.Equals(role.Method, method, StringComparison.Ordinal))
                return new RunningExchange(plugin, role, context);
        }

        return null;
    }
}

/// <summary>One exchange with one client, from its first data to its end. One call at a time.</summary>
[SuppressMessage("Reliability", "CA1001", Justification = "A source without timer and links holds nothing to release, and a plugin may keep its token.")]
internal sealed class RunningExchange
{
    private readonly CancellationTokenSource _gone = new();
    private readonly HostedPlugin _plugin;
    private readonly IEnhancedAuthPlugin _role;
    private readonly AuthenticateContext _context;
    private IAuthExchange? _exchange;
    private int _ended;

    public RunningExchange(HostedPlugin plugin, IEnhancedAuthPlugin role, AuthenticateContext context)
    {
        _plugin = plugin;
        _role = role;
        _context = context.ForPlugin(_gone.Token);
    }

    /// <summary>Whose exchange it is.</summary>
    public DeniedBy Plugin => DeniedBy.ThePlugin(_plugin.Identity.Id);

    /// <summary>What the plugin set, once it has allowed the client.</summary>
    public AuthOutputs Outputs { get; private set; } = new();

    /// <summary>Gives the client's data to the plugin. Null is a fault. The result may come on any thread. Never throws.</summary>
    public async ValueTask<AuthStep?> ContinueAsync(ReadOnlyMemory<byte> data)
    {
        if (_plugin.HasFailed) return null;
        var (completed, step) = await TimedCall.RunAsync(
            cancel => (_exchange ?? Begin(cancel)).ContinueAsync(data, cancel),
            _plugin,
            Hook.EnhancedAuthenticate,
            _plugin.Timeouts.Authenticate,
            _gone.Token);
        if (completed && step.IsChallenge) return step;
        if (completed && step.Decision.IsAllow) Outputs = AuthOutputs.Of(_context);
        if (completed && step.Decision.IsDeny) _plugin.Faults.Denied(Hook.EnhancedAuthenticate);
        End();
        return completed ? step : null;
    }

    /// <summary>The exchange is over, or the client is gone. Harmless when it has ended.</summary>
    public void End()
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0) return;
        TimeLimit.Forget(_gone.CancelAsync());
        _context.ClearPassword();
        _context.End();
        Dispose();
    }

    /// <summary>Has the plugin begin. It may take so long about it that nobody waits any more.</summary>
    private IAuthExchange Begin(CancellationToken cancel)
    {
        var exchange = _role.Begin(_context);
        // Either this sees that it has ended, or whoever ends it sees the exchange.
        Interlocked.Exchange(ref _exchange, exchange);
        if (Volatile.Read(ref _ended) == 0) return exchange;
        Dispose();
        throw new OperationCanceledException(cancel);
    }

    private void Dispose()
    {
        if (Interlocked.Exchange(ref _exchange, null) is { } exchange) TimeLimit.Forget(Task.Run(async () => await DisposeAsync(exchange)));
    }

    private async Task DisposeAsync(IAuthExchange exchange)
    {
        try
        {
            await exchange.DisposeAsync();
        }
        catch (Exception exception)
        {
            _plugin.Faults.Threw(Hook.EnhancedAuthenticate, exception);
        }
    }
}
