using Amqtt.Plugins;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Amqtt.Runtime.Plugins;

/// <summary>What a plugin host needs to know.</summary>
internal sealed record PluginHostOptions
{
    /// <summary>The logger category of a broker's host.</summary>
    public const string BrokerCategory = "amqtt.broker.plugins";

    /// <summary>Makes the loggers of host and plugins.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>The clock of everything that has a time-out, and the plugins'.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The folder with plugin folders (<c>Name/Name.dll</c>), or null. It need not exist.</summary>
    public string? PluginPath { get; init; }

    /// <summary>Whether the assemblies of plugin folders and source files are unloaded with the plan; otherwise they stay, as everything that a program loads.</summary>
    public bool Unload { get; init; }

    /// <summary>Puts something in the place of each plugin once it is constructed, which then gets all calls; for tests. Its hooks and roles stay those of the plugin's class.</summary>
    public Func<BasePlugin, BasePlugin>? Wrap { get; init; }

    /// <summary>Compiles plugins that are a single source file; null = they are skipped with a warning.</summary>
    public ISourceCompiler? Compiler { get; init; }

    /// <summary>What relative paths in plugin names (<c>path/to/My.dll#Acme.MyPlugin</c>) are relative to.</summary>
    public string BaseDirectory { get; init; } = Directory.GetCurrentDirectory();

    /// <summary>The names of the listeners that <c>$listeners</c> may name; null = any, for a host without listeners.</summary>
    public IReadOnlyCollection<string>? Listeners { get; init; }

    /// <summary>A topic plugin without an opinion counts as one that denies (<c>strict_topic_plugins</c>).</summary>
    public bool StrictTopicPlugins { get; init; }

    /// <summary>Packet and message events that may wait for one plugin before more of them are dropped.</summary>
    public int LaneCapacity { get; init; } = 8192;

    /// <summary>How long hooks may take.</summary>
    public PluginTimeouts Timeouts { get; init; } = PluginTimeouts.Default;

    /// <summary>The client whose plugins these are; null for a broker's.</summary>
    public IClientHost? Client { get; init; }

    /// <summary>The logger category of the host; those of the plugins are below it.</summary>
    public string Category => Client is null ? BrokerCategory : "amqtt.client.plugins";

    /// <summary>Adds the services that an embedding program shares with its plugins.</summary>
    public Action<IServiceCollection>? ShareServices { get; init; }
}
