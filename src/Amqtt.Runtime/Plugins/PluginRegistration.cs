using Amqtt.Plugins;
using Amqtt.Runtime.Configuration;

namespace Amqtt.Runtime.Plugins;

/// <summary>One plugin that is to run: by name as in a configuration file, by class, or as an instance.</summary>
public sealed class PluginRegistration
{
    internal PluginRegistration(string path, ConfigLocation location = default)
    {
        Path = path;
        Location = location;
    }

    /// <summary>The plugin's name: a class name, an alias, or <c>path/to/My.dll#Acme.MyPlugin</c>.</summary>
    public string Path { get; }

    /// <summary>Where the configuration names it.</summary>
    internal ConfigLocation Location { get; }

    /// <summary>Its options as written, or null.</summary>
    internal ConfigNode? Options { get; init; }

    /// <summary>What is said about it beside its options, or null for the defaults. Reserved keys of the options count more.</summary>
    internal PluginSettings? Settings { get; init; }

    /// <summary>The whole configuration, if an older section activates the plugin: then the name may be that of an entry point, too.</summary>
    internal ConfigMapping? Configuration { get; init; }

    /// <summary>The class, if the program said it.</summary>
    internal Type? Type { get; init; }

    /// <summary>Its <c>Config</c>, if the program made it.</summary>
    internal object? Config { get; init; }

    /// <summary>The plugin, if the program made it.</summary>
    internal BasePlugin? Instance { get; init; }

    /// <summary>The plugin's name.</summary>
    public override string ToString() => Path;
}
