using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <summary>Asks the plugins that decide who may connect, in configuration order.</summary>
internal sealed class AuthChain(IReadOnlyList<HostedPlugin> plugins, TimeProvider time)
{
    /// <summary>Nobody decides: every client is refused.</summary>
    public bool IsEmpty => plugins.Count == 0;

    /// <summary>
    /// Decides whether a client may connect. Plugins run on the thread pool, never on the caller's thread; the result may come on any
    /// thread. What allowing plugins set is in <paramref name="context"/> afterwards, if the verdict is allow. Never throws.
    /// </summary>
    /// <param name="context">The client. Its password is overwritten with zeros before the result is there.</param>
    public async ValueTask<Verdict> AuthenticateAsync(AuthenticateContext context)
    {
        var tally = new Tally();
        var outputs = new AuthOutputs();
        foreach (var plugin in plugins)
        {
            if (await AskAsync(plugin, context) is not { } answer)
            {
                tally.AddFault();
                continue;
            }

            if (answer.Decision.IsDeny) plugin.Faults.Denied(Hook.Authenticate);
            if (tally.Add(answer.Decision, nullDenies: false, out var denied))
            {
                context.ClearPassword();
                return denied;
            }

            if (answer.Decision.IsAllow) outputs.Merge(answer.Outputs, plugin.Faults);
        }

        context.ClearPassword();
        if (tally.Result.IsAllowed) outputs.ApplyTo(context);
        return tally.Result;
    }

    /// <summary>Asks one plugin; null is a fault.</summary>
    private async ValueTask<(Decision Decision, AuthOutputs Outputs)?> AskAsync(HostedPlugin plugin, AuthenticateContext context)
    {
        if (plugin.HasFailed || plugin.Instance is not IAuthPlugin role) return null;
        plugin.Calls.Enter();
        try
        {
            return await AskAsync(plugin, role, context);
        }
        finally
        {
            plugin.Calls.Leave();
        }
    }

    private async ValueTask<(Decision Decision, AuthOutputs Outputs)?> AskAsync(HostedPlugin plugin, IAuthPlugin role, AuthenticateContext context)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        var own = context.ForPlugin(source.Token);
        var call = Task.Run(() => role.AuthenticateAsync(own).AsTask(), CancellationToken.None);
        var inTime = await TimeLimit.WaitAsync(call, plugin.Timeouts.Authenticate, time, context.CancellationToken);
        if (!inTime)
        {
            own.End();
            TimeLimit.Forget(source.CancelAsync());
            TimeLimit.Forget(call);
            // A client that hung up while it was being authenticated is nobody's fault.
            if (!context.CancellationToken.IsCancellationRequested) plugin.Faults.TimedOut(Hook.Authenticate, plugin.Timeouts.Authenticate);
            return null;
        }

        try
        {
            return (await call, AuthOutputs.Of(own));
        }
        catch (Exception exception)
        {
            if (!context.CancellationToken.IsCancellationRequested) plugin.Faults.Threw(Hook.Authenticate, exception);
            return null;
        }
        finally
        {
            own.End();
            source.Dispose();
        }
    }
}
