namespace Amqtt.Plugins;

/// <summary>
/// A plugin of the broker: override the events you want to see and the packets you want to change, declare <see cref="IAuthPlugin"/> or <see cref="ITopicPlugin"/> to decide.
/// </summary>
/// <remarks>
/// <para>The four lifecycle hooks are awaited, in configuration order at the start and in reverse order at the end. All other events are
/// delivered on the plugin's own lane (see <see cref="BasePlugin"/>), those of one client in the order in which they happened.</para>
/// <para>The hooks that take a context are transforms: they are asked in configuration order, each sees what the earlier ones made of the packet, and only the client whose packet
/// it is waits for them. At first they run on the thread pool; once a thousand calls stayed under a millisecond, on the threads that serve
/// clients, so they must not block. An exception, or no answer within one second (<c>$timeout</c>), refuses that packet with a code that says so; with
/// <c>$on_error: skip</c> the packet goes on as if the plugin had not been asked. <c>$topics</c> and <c>$listeners</c> say what it is asked about at all.</para>
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

    /// <summary>
    /// The plugin has come to a broker that is already running, by a reload of its configuration, in the place of another instance or anew. The first event it gets; a client that connects at
    /// this very moment may be among the sessions and have its connected event besides.
    /// </summary>
    /// <param name="e">Who is connected.</param>
    /// <param name="cancel">Cancelled when the time-out has passed.</param>
    public virtual ValueTask OnAttachedAsync(AttachedEvent e, CancellationToken cancel) => default;

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

    /// <summary>Transforms a CONNECT before it is validated and authenticated. A fault refuses the client: 0x88, or 0x03 before MQTT 5.</summary>
    /// <param name="context">The CONNECT. Not usable after the returned task has completed or timed out.</param>
    public virtual ValueTask OnConnectAsync(ConnectContext context) => default;

    /// <summary>Transforms a SUBSCRIBE before its filters are validated and filtered. A fault refuses all of them: 0x80.</summary>
    /// <param name="context">The SUBSCRIBE. Not usable after the returned task has completed or timed out.</param>
    public virtual ValueTask OnSubscribeAsync(SubscribeContext context) => default;

    /// <summary>Transforms an UNSUBSCRIBE. A fault removes nothing: 0x80 for each filter; a client before MQTT 5, which cannot be told, is disconnected.</summary>
    /// <param name="context">The UNSUBSCRIBE. Not usable after the returned task has completed or timed out.</param>
    public virtual ValueTask OnUnsubscribeAsync(UnsubscribeContext context) => default;

    /// <summary>
    /// Transforms a message on its way in, once, before its topic is filtered; wills and messages of other plugins too. A fault refuses it: 0x83; a client before MQTT 5, which
    /// cannot be told, is disconnected without an acknowledgement; one of QoS 0 is dropped and counted.
    /// </summary>
    /// <param name="context">The message. Not usable after the returned task has completed or timed out.</param>
    public virtual ValueTask OnPublishAsync(PublishContext context) => default;

    /// <summary>
    /// Transforms a message for one receiver, after its topic is filtered for it and before it is queued or sent. While it waits, this receiver's messages wait, in order, and nobody else's.
    /// A fault drops the message for this receiver.
    /// </summary>
    /// <param name="context">The message and its receiver. Not usable after the returned task has completed or timed out.</param>
    public virtual ValueTask OnDeliverAsync(DeliverContext context) => default;

    /// <summary>Transforms a will that is due, before its topic is filtered again; <see cref="OnPublishAsync"/> follows. A fault drops it.</summary>
    /// <param name="context">The will. Not usable after the returned task has completed or timed out.</param>
    public virtual ValueTask OnWillAsync(WillContext context) => default;

    /// <summary>
    /// Transforms the PUBACK, PUBREC or PUBCOMP that answers a client's message. It is always sent: after a fault as it was.
    /// </summary>
    /// <param name="context">The acknowledgement. Not usable after the returned task has completed or timed out.</param>
    public virtual ValueTask OnAcknowledgeAsync(AcknowledgeContext context) => default;

    /// <summary>Transforms what a client's DISCONNECT comes to. After a fault it counts as it was sent.</summary>
    /// <param name="context">The DISCONNECT. Not usable after the returned task has completed or timed out.</param>
    public virtual ValueTask OnDisconnectAsync(DisconnectContext context) => default;
}
