using Amqtt.Plugins;

namespace Amqtt.Broker.Tests.Support;

/// <summary>A plugin whose context a test uses from outside.</summary>
internal sealed class Probe : BrokerPlugin
{
    /// <summary>What a plugin has.</summary>
    public BrokerContext Broker => Context;
}
