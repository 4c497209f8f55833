using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <summary>One plugin in a chain of transforms.</summary>
internal sealed class TransformLink(HostedPlugin plugin, Hook hook)
{
    public HostedPlugin Plugin => plugin;

    /// <summary>The plugin in logs.</summary>
    public string Name { get; } = plugin.Identity.Id;

    public BrokerPlugin Instance { get; } = (BrokerPlugin)plugin.Instance!;

    public HookGate Gate { get; } = plugin.GateOf(hook);

    /// <summary>What it wants to be asked about; see <see cref="PluginScopes"/>.</summary>
    public ulong Scope { get; } = plugin.ScopeBit;

    /// <summary>A fault is as if it had not been asked (<c>$on_error: skip</c>).</summary>
    public bool SkipsOnError { get; } = plugin.Settings.OnError == OnError.Skip;
}
