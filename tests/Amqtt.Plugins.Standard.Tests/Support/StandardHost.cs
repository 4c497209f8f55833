using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Plugins.Standard.Tests;

/// <summary>Runs packaged plugins as a configuration file names them.</summary>
internal static class StandardHost
{
    public static Task<PluginHost> Load(string section, LogRecorder log)
    {
        var errors = new ConfigErrors();
        var plugins = new PluginCollection().Add(YamlConfig.Parse(section, "test.yaml", errors)!, errors);
        errors.ThrowIfAny();
        return PluginHost.LoadAsync(plugins, new() { LoggerFactory = log }).AsTask();
    }

    /// <summary>Delivers what was raised.</summary>
    public static async Task Finish(this PluginHost host)
    {
        await host.StoppedAsync();
        await host.DisposeAsync();
    }
}
