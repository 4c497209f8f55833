using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <summary>A plugin for a listing.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Class">Its class.</param>
/// <param name="Version">The version of its assembly.</param>
/// <param name="Roles">What it decides.</param>
/// <param name="Hooks">The other hooks it has.</param>
/// <param name="State">Whether it works.</param>
internal sealed record PluginDescription(string Id, string Class, string Version, IReadOnlyList<string> Roles, IReadOnlyList<string> Hooks, string State)
{
    private static readonly Hook[] Deciding = [Hook.FilterConnection, Hook.Authenticate, Hook.EnhancedAuthenticate, Hook.FilterTopic];

    /// <summary>A plugin that runs, or should.</summary>
    public static PluginDescription Of(HostedPlugin plugin)
    {
        var closed = plugin.Gates.Where(static gate => !gate.Breaker.IsClosed).Select(static gate => gate.Hook.ToString()).ToList();
        var state = plugin.HasFailed ? "failed: what it would decide is refused" : closed.Count > 0 ? $"breaker open: {string.Join(", ", closed)}" : "running";
        return Of(plugin.Identity, plugin.Hooks, state);
    }

    /// <summary>A plugin of a configuration that nobody runs.</summary>
    public static PluginDescription Of(PlannedPlugin planned) =>
        Of(planned.Identity, PluginHooks.Of(planned.Identity.Type), planned.Fault is { } fault ? $"cannot be used: {fault.Problem}" : "not running");

    private static PluginDescription Of(PluginIdentity identity, HookSet hooks, string state) => new(
        identity.Id,
        identity.Type.FullName!,
        identity.Type.Assembly.GetName().Version?.ToString() ?? "",
        [.. Deciding.Where(hooks.Contains).Select(static hook => hook.ToString())],
        [.. Enum.GetValues<Hook>().Where(hook => hooks.Contains(hook) && !Deciding.Contains(hook)).Select(static hook => hook.ToString())],
        state);
}

/// <summary>What one plugin says about a question.</summary>
/// <param name="Plugin">Its name.</param>
/// <param name="Hook">The hook that was asked.</param>
/// <param name="Verdict">Allow, deny, no opinion, not asked, or a fault.</param>
/// <param name="Why">The reason code and text, or what went wrong; may be empty.</param>
internal sealed record PluginOpinion(string Plugin, Hook Hook, string Verdict, string Why);
