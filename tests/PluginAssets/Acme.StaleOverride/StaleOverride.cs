using Amqtt.Plugins;

namespace Acme;

public sealed class StaleOverride : BrokerPlugin
{
    public override ValueTask OnBrokerFutureAsync(CancellationToken cancel) => default;
}
