using Amqtt.AspNetCore;
using Amqtt.Broker.Configuration;
using Amqtt.Cli.Compilation;
using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Cli.Commands;

/// <summary>Reads the configuration that a command is about.</summary>
internal static class ConfigurationSource
{
    // The name means both loopbacks, 127.0.0.1 and ::1.
    private static readonly KeyValuePair<string, string> Loopback = new("AMQTT_LISTENERS__DEFAULT__BIND", "localhost:1883");

    /// <summary>
    /// Reads a file or, without one, the default configuration, which then is bound to loopback: nobody opens a broker to a network by accident. Environment variables count above both.
    /// </summary>
    /// <returns>The options as far as they could be read; null if there is nothing to look at.</returns>
    public static BrokerOptions? Read(string? file, ConfigErrors errors)
    {
        var options = ReadOptions(file, errors);
        options?.Listeners.AddWebSockets();
        return options;
    }

    /// <summary>Finds all plugins and binds their options, without constructing one. Dispose the plan.</summary>
    public static PluginPlan Plan(BrokerOptions options, ConfigErrors errors) => PluginPlan.Make(options.Plugins, HostOptions(options), errors);

    /// <summary>Where the configuration's plugins are looked for.</summary>
    public static PluginHostOptions HostOptions(BrokerOptions options) => new()
    {
        PluginPath = options.PluginPath,
        Compiler = new SourceCompiler(),
        BaseDirectory = options.BaseDirectory ?? Environment.CurrentDirectory,
        Listeners = options.Listeners.Keys,
        StrictTopicPlugins = options.StrictTopicPlugins,
    };

    /// <summary>Adds what is wrong with the plugins to what is wrong otherwise.</summary>
    public static void CheckPlugins(BrokerOptions options, ConfigErrors errors) => Plan(options, errors).Dispose();

    /// <summary>The same, and what would come out only when the plugins are started.</summary>
    public static void CheckStart(BrokerOptions options, ConfigErrors errors)
    {
        using var plan = Plan(options, errors);
        StartCheck.Run(plan, HostOptions(options), errors);
    }

    private static BrokerOptions? ReadOptions(string? file, ConfigErrors errors)
    {
        var variables = BrokerConfiguration.ProcessVariables().ToList();
        if (file is not null)
            return BrokerConfiguration.ReadFile(file, variables, errors);
        if (!variables.Exists(variable => variable.Key == Loopback.Key))
            variables.Add(Loopback);
        return BrokerConfiguration.ReadYaml(BrokerConfiguration.DefaultYaml, variables, errors);
    }
}
