using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Broker.Configuration;

/// <summary>The plugins of a broker whose configuration names none (P-A2). By name: this assembly does not see them.</summary>
internal static class DefaultPlugins
{
    public const string EventLogger = "amqtt.plugins.logging_amqtt.EventLoggerPlugin";
    public const string PacketLogger = "amqtt.plugins.logging_amqtt.PacketLoggerPlugin";
    public const string Anonymous = "amqtt.plugins.authentication.AnonymousAuthPlugin";
    public const string Sys = "amqtt.plugins.sys.broker.BrokerSysPlugin";

    /// <summary>All four, with their options.</summary>
    public static PluginCollection All() => new PluginCollection()
        .Add(EventLogger)
        .Add(PacketLogger)
        .Add(Anonymous, ConfigTree.FromDictionary([new("allow_anonymous", true)]))
        .Add(Sys, ConfigTree.FromDictionary([new("sys_interval", 20)]));
}
