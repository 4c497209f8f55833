using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <summary>Asks the plugins that decide who may connect, in configuration order.</summary>
internal sealed class AuthChain(IReadOnlyList<HostedPlugin> plugins)
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
                tally.AddFault(plugin.Identity.Id);
                continue;
            }

            if (answer.Decision.IsDeny) plugin.Faults.Denied(Hook.Authenticate);
            if (tally.Add(answer.Decision, nullDenies: false, plugin.Identity.Id, out var denied))
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
    private static async ValueTask<(Decision Decision, AuthOutputs Outputs)?> AskAsync(HostedPlugin plugin, AuthenticateContext context)
    {
        if (plugin.HasFailed || plugin.Instance is not IAuthPlugin role) return null;
        AuthenticateContext? own = null;
        var (completed, decision) = await TimedCall.RunAsync(
            cancel => role.AuthenticateAsync(own = context.ForPlugin(cancel)), plugin, Hook.Authenticate, plugin.Timeouts.Authenticate, CancellationToken.None);
        (Decision, AuthOutputs)? answer = completed ? (decision, AuthOutputs.Of(own!)) : null;
        own?.End();
        return answer;
    }
}
