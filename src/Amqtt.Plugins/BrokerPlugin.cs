namespace Amqtt.Plugins;

/// <summary>A plugin of the broker: override the events you want to see, declare <see cref="IAuthPlugin"/> or <see cref="ITopicPlugin"/> to decide.</summary>
/// <remarks>
/// The four lifecycle hooks are awaited, in configuration order at the start and in reverse order at the end. All other events are
/// delivered on the plugin's own lane (see <see cref="BasePlugin"/>), those of one client in the order in which they happened.
/// </remarks>
public abstract class BrokerPlugin : BasePlugin
{
    /// <summary>What the broker offers this plugin. Available once the constructor is done; take a <see cref="BrokerContext"/> as a constructor parameter to use it earlier.</summary>
    /// <exception cref="InvalidOperationException">Read inside the constructor, or without a host.</exception>
    protected new BrokerContext Context => (BrokerContext)base.Context;

    /// <summary>Before any listener accepts. Awaited for at most 30 s; an exception or time-out stops the start of the broker.</summary>
    /// <param name="cancel">Cancelled when the time-out has passed or the start is given up.</param>
    public virtual ValueTask OnBrokerPreStartAsync(CancellationToken cancel) => default;

    /// <summary>All listeners accept. Awaited for at most 30 s; an exception or time-out stops the start of the broker.</summary>
    /// <param name="cancel">Cancelled when the time-out has passed or the start is given up.</param>
    public virtual ValueTask OnBrokerPostStartAsync(CancellationToken cancel) => default;

    /// <summary>Before clients are disconnected. Awaited for at most 10 s; a fault is logged and the shutdown goes on.</summary>
    /// <param name="cancel">Cancelled when the time-out has passed.</param>
    public virtual ValueTask OnBrokerPreShutdownAsync(CancellationToken cancel) => default;

    /// <summary>After everything stopped and every event was delivered. Awaited for at most 10 s; a fault is logged and the shutdown goes on.</summary>
    /// <param name="cancel">Cancelled when the time-out has passed.</param>
    public virtual ValueTask OnBrokerPostShutdownAsync(CancellationToken cancel) => default;

    /// <summary>A client is connected: its CONNACK with success was sent.</summary>
    /// <param name="e">The client and its session.</param>
    /// <param name="cancel">Cancelled when the time-out has passed.</param>
    public virtual ValueTask OnBrokerClientConnectedAsync(ClientConnectedEvent e, CancellationToken cancel) => default;

    /// <summary>A client is gone: exactly once per connected event, whatever the cause.</summary>
    /// <param name="e">The client, its session and the cause.</param>
    /// <param name="cancel">Cancelled when the time-out has passed.</param>
    public virtual ValueTask OnBrokerClientDisconnectedAsync(ClientDisconnectedEvent e, CancellationToken cancel) => default;

    /// <summary>A CONNECT was refused.</summary>
    /// <param name="e">Who tried, from where, and why it was refused.</param>
    /// <param name="cancel">Cancelled when the time-out has passed.</param>
    public virtual ValueTask OnBrokerAuthenticationFailedAsync(AuthenticationFailedEvent e, CancellationToken cancel) => default;

    /// <summary>A session was created, resumed, taken over, expired or deleted.</summary>
    /// <param name="e">The session and what happened to it.</param>
    /// <param name="cancel">Cancelled when the time-out has passed.</param>
    public virtual ValueTask OnBrokerSessionChangedAsync(SessionChangedEvent e, CancellationToken cancel) => default;

    /// <summary>A topic filter of a SUBSCRIBE was accepted; one event per accepted filter, after the SUBACK.</summary>
    /// <param name="e">The client, the filter and the granted QoS.</param>
    /// <param name="cancel">Cancelled when the time-out has passed.</param>
    public virtual ValueTask OnBrokerClientSubscribedAsync(ClientSubscribedEvent e, CancellationToken cancel) => default;

    /// <summary>A subscription ended; one event per filter, also for a filter that the client asked to remove but never had.</summary>
    /// <param name="e">The client, the filter and the cause.</param>
    /// <param name="cancel">Cancelled when the time-out has passed.</param>
    public virtual ValueTask OnBrokerClientUnsubscribedAsync(ClientUnsubscribedEvent e, CancellationToken cancel) => default;

    /// <summary>A retained message was set or cleared, or a message was queued for an offline client.</summary>
    /// <param name="e">The message, and the offline client or null.</param>
    /// <param name="cancel">Cancelled when the time-out has passed.</param>
    public virtual ValueTask OnBrokerRetainedMessageAsync(RetainedMessageEvent e, CancellationToken cancel) => default;

    /// <summary>A well-formed PUBLISH arrived. Before topic filtering: refused messages are seen too.</summary>
    /// <param name="e">The client and the message.</param>
    /// <param name="cancel">Cancelled when the time-out has passed.</param>
    public virtual ValueTask OnBrokerMessageReceivedAsync(MessageReceivedEvent e, CancellationToken cancel) => default;

    /// <summary>A message passed topic filtering and is about to be routed.</summary>
    /// <param name="e">The client and the message.</param>
    /// <param name="cancel">Cancelled when the time-out has passed.</param>
    public virtual ValueTask OnBrokerMessageBroadcastAsync(MessageBroadcastEvent e, CancellationToken cancel) => default;

    /// <summary>A message reached a stage on its way to a receiver: queued, delivered, acknowledged, dropped, expired, or nobody wanted it.</summary>
    /// <param name="e">The stage, the message and the receiver.</param>
    /// <param name="cancel">Cancelled when the time-out has passed.</param>
    public virtual ValueTask OnBrokerMessageStageAsync(MessageStageEvent e, CancellationToken cancel) => default;
}
