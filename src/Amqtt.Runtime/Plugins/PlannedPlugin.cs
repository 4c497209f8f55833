using Amqtt.Plugins;
using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Configuration.Binding;

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

    /// <summary>Where the configuration names it.</summary>
    public ConfigLocation Location { get; init; }

    /// <summary>Its options as written, or null.</summary>
    public ConfigNode? Options { get; init; }

    /// <summary>What is wrong with it; only for a plugin that is not required.</summary>
    public PluginException? Fault { get; init; }

    /// <summary>
    /// Whether it would come to the same plugin: the same class of the same assembly with equal options. Classes of plugin folders are loaded anew, and never the same.
    /// </summary>
    public bool IsSameAs(PlannedPlugin other) =>
        Identity == other.Identity && Settings == other.Settings && Fault is null && other.Fault is null
        && ReferenceEquals(Instance, other.Instance) && TextOf(Config) == TextOf(other.Config)
        && (Configuration is null || other.Configuration is null ? Configuration == other.Configuration : YamlText.Write(Configuration) == YamlText.Write(other.Configuration));

    // With its secrets: another password is another configuration. The text is compared and forgotten.
    private static string? TextOf(object? config) => config is null ? null : YamlText.Write(new OptionsDescription(redact: false).Of(config));
}
