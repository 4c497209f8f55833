namespace Amqtt.Plugins;

public abstract class BasePlugin : IAsyncDisposable
{
    public virtual ValueTask DisposeAsync() => default;
}

public abstract class BrokerPlugin : BasePlugin
{
    public virtual ValueTask OnBrokerFutureAsync(CancellationToken cancel) => default;
}
