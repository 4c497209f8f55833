using System.Diagnostics.Metrics;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Runtime.Tests.Plugins;

/// <summary>Makes what chains and lanes work on, without a host.</summary>
internal static class HostedPlugins
{
    // About the longest that a timer can be set to.
    public static readonly TimeSpan Never = TimeSpan.FromDays(49);

    public static HostedPlugin Host(BasePlugin plugin, TimeProvider time, LogRecorder? log = null, TimeSpan? timeout = null, int laneCapacity = 100, PluginSettings? settings = null)
    {
        var id = plugin.GetType().Name;
        var faults = new PluginFaults(id, (log ?? new()).CreateLogger("host"), new(new Meter("test")));
        var hosted = new HostedPlugin(
            new(id, id, plugin.GetType()),
            new HostedContext(id, (log ?? new()).CreateLogger(id), time),
            faults,
            PluginTimeouts.Default.WithHooks(timeout ?? Never),
            settings ?? new())
        {
            Hooks = PluginHooks.Of(plugin.GetType()),
        };
        hosted.Attach(plugin, new(plugin, faults, timeout ?? Never, time, laneCapacity));
        return hosted;
    }

    public static TopicChain Topics(TimeProvider time, bool isStrict, params HostedPlugin[] plugins) => Topics(new CoarseClock(time), isStrict, plugins);

    public static TopicChain Topics(CoarseClock clock, bool isStrict, params HostedPlugin[] plugins)
        => new(Array.ConvertAll(plugins, plugin => new TopicLink(plugin)), isStrict, clock, new Authorization());

    public static AuthenticateContext Connect(byte[]? password = null) => new()
    {
        ClientId = "client",
        UserName = "user",
        Password = password,
        Listener = "default",
        ProtocolVersion = ProtocolVersion.V5,
    };

    public static ValueTask<Verdict> Ask(this TopicChain chain, string topic = "a/b")
        => chain.FilterAsync(TopicAction.Publish, new TestSession(), topic, QoS.AtLeastOnce, retain: false);

    /// <summary>Earns a plugin's topic filter the calling thread.</summary>
    public static HostedPlugin Earned(this HostedPlugin plugin)
    {
        while (!plugin.GateOf(Hook.FilterTopic).Promotion.IsEarned) plugin.GateOf(Hook.FilterTopic).Promotion.CountPoolCall(TimeSpan.Zero);
        return plugin;
    }
}
