using Amqtt.Plugins;
using Amqtt.Runtime.Plugins;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Amqtt.Broker;

/// <summary>What a program that embeds the broker gives it beside the configuration. Immutable.</summary>
public sealed record BrokerServices
{
    /// <summary>Where the broker and its plugins log; categories <c>amqtt.broker</c> and <c>amqtt.broker.plugins.…</c>. Default: nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>The clock of every time-out and expiry. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Adds services of the program to what plugins may take in their constructors. Default: none.</summary>
    public Action<IServiceCollection>? ShareServices { get; init; }

    /// <summary>Compiles plugins that are a single source file.</summary>
    internal ISourceCompiler? PluginCompiler { get; init; }

    /// <summary>Whether the assemblies of plugin folders and source files are unloaded when their plugins have ended.</summary>
    internal bool UnloadPlugins { get; init; }

    /// <summary>Puts something in the place of each plugin that the broker constructs.</summary>
    internal Func<BasePlugin, BasePlugin>? WrapPlugin { get; init; }

    /// <summary>The folder that relative paths of plugins start from. Default: the current folder.</summary>
    public string? BaseDirectory { get; init; }

    /// <summary>What <c>limits.max_memory</c> is compared with. Default: the resident memory of the process.</summary>
    internal Func<long> MemoryInUse { get; init; } = static () => Environment.WorkingSet;
}
