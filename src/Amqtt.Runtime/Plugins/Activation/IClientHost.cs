using Amqtt.Plugins;
using Amqtt.Protocol;

namespace Amqtt.Runtime.Plugins;

/// <summary>What a client lets its plugins do; see <see cref="ClientContext"/> for the meaning of each member.</summary>
internal interface IClientHost
{
    string ClientId { get; }

    bool IsConnected { get; }

    ClientConnectOptions? LastAttempt { get; }

    ISession Session { get; }

    ValueTask PublishAsync(ApplicationMessage message, CancellationToken cancel);

    ValueTask<IAsyncDisposable> SubscribeAsync(string filter, QoS qos, Func<ApplicationMessage, CancellationToken, ValueTask> handler, CancellationToken cancel);
}
