using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <summary>Asks the plugins that turn connections away, in configuration order. Nobody denies: the connection goes on.</summary>
internal sealed class ConnectionFilters(IReadOnlyList<HostedPlugin> plugins)
{
    /// <summary>Nobody is to be asked.</summary>
    public bool IsEmpty => plugins.Count == 0;

    /// <summary>Whether a connection may go on. The result may come on any thread. Never throws.</summary>
    /// <param name="contextOf">Makes the context for one plugin.</param>
    public async ValueTask<Verdict> FilterAsync(Func<CancellationToken, ConnectionContext> contextOf)
    {
        string? failed = null;
        foreach (var plugin in plugins)
        {
            if (plugin.HasFailed || plugin.Instance is not IConnectionFilter role)
            {
                failed ??= plugin.Identity.Id;
                continue;
            }

            var (end, decision) = await TimedCall.RunAsync(
                cancel => role.FilterConnectionAsync(contextOf(cancel)), plugin, Hook.FilterConnection, plugin.Timeouts.Authenticate, CancellationToken.None);
            if (!end) failed ??= plugin.Identity.Id;
            if (!decision.IsDeny) continue;
            plugin.Faults.Denied(Hook.FilterConnection);
            return Verdict.DenialOf(plugin.Identity.Id, decision);
        }

        return failed is null ? Verdict.Allowed : Verdict.Fault with { By = DeniedBy.ThePlugin(failed) };
    }
}
