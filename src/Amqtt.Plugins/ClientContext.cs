using Amqtt.Protocol;

namespace Amqtt.Plugins;

/// <summary>What the client offers its plugins. Take it as a constructor parameter. Every member may be used from any thread and inside any hook.</summary>
public abstract class ClientContext : PluginContext
{
    private protected ClientContext()
    {
    }

    /// <summary>The client's identifier; the broker's choice once there was one.</summary>
    public abstract string ClientId { get; }

    /// <summary>Whether the client is connected.</summary>
    public abstract bool IsConnected { get; }

    /// <summary>What the last attempt to connect used, without its password; null before the first.</summary>
    public abstract ClientConnectOptions? Options { get; }

    /// <summary>The client's session: facts of the last connection.</summary>
    public abstract ISession Session { get; }

    /// <summary>Publishes as the program would: by the client's rules for QoS, flow control and times without a connection.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancel">Gives up waiting; a message of QoS 1 or 2 that was taken over stays in the session.</param>
    public abstract ValueTask PublishAsync(ApplicationMessage message, CancellationToken cancel = default);

    /// <summary>Subscribes, and calls the handler for each message, one after the other, on the thread pool.</summary>
    /// <param name="filter">A topic filter.</param>
    /// <param name="qos">The highest QoS wanted.</param>
    /// <param name="handler">Called for each message; QoS 1 and 2 are acknowledged when it has completed.</param>
    /// <param name="cancel">Gives up waiting for the broker's answer.</param>
    /// <returns>Dispose it to unsubscribe.</returns>
    public abstract ValueTask<IAsyncDisposable> SubscribeAsync(
        string filter, QoS qos, Func<ApplicationMessage, CancellationToken, ValueTask> handler, CancellationToken cancel = default);
}
