using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Plugins.Standard.Tests;

/// <summary>Packaged plugins without a broker, for what no client can bring about or see: hostile text in events, and which hooks there are at all.</summary>
internal static class StandardHost
{
    public static Task<PluginHost> Load(string section, LogRecorder log)
    {
        var errors = new ConfigErrors();
        var plugins = new PluginCollection().Add(YamlConfig.Parse(section, "test.yaml", errors)!, errors);
        errors.ThrowIfAny();
        return PluginHost.LoadAsync(plugins, new() { LoggerFactory = log }).AsTask();
    }
}
