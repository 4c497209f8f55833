using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Broker;

/// <content>For <c>amqtt plugins</c>.</content>
public sealed partial class MqttBroker
{
    /// <summary>The plugins, in configuration order.</summary>
    internal IReadOnlyList<PluginDescription> DescribePlugins() => _plugins?.Describe() ?? [];

    /// <summary>What each topic plugin says about a use of a topic, and what all together say.</summary>
    internal async Task<IReadOnlyList<PluginOpinion>> ExplainAsync(TopicAction action, ISession session, string topic, QoS qos) =>
        _plugins is { } plugins ? await plugins.ExplainAsync(action, session, topic, qos) : [];
}
