using Amqtt.Plugins;

namespace Acme;

public sealed class FromTheFuture : BrokerPlugin
{
    public override ValueTask OnBrokerFutureAsync(CancellationToken cancel) => default;
}
