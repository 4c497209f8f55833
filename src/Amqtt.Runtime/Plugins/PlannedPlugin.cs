using Amqtt.Plugins;
using Amqtt.Runtime.Configuration;

namespace Amqtt.Runtime.Plugins;

/// <summary>A plugin whose class was found and whose options were read; nothing of it has run yet.</summary>
/// <param name="Identity">What it is called.</param>
/// <param name="Settings">What the reserved keys say.</param>
/// <param name="Config">Its <c>Config</c>, or null if the class has none.</param>
/// <param name="Instance">The plugin, if the program made it.</param>
internal sealed record PlannedPlugin(PluginIdentity Identity, PluginSettings Settings, object? Config, BasePlugin? Instance)
{
    /// <summary>The whole configuration, for a plugin that an older section activated; otherwise null.</summary>
    public ConfigMapping? Configuration { get; init; }

    /// <summary>What is wrong with it; only for a plugin that is not required.</summary>
    public PluginException? Fault { get; init; }
}
