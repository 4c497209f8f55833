using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <summary>Which plugins have which hook. Immutable: a change of plugins or of switched-off hooks makes a new table.</summary>
/// <remarks>
/// Read <see cref="PluginHost.Hooks"/> anew for each packet or round, never keep a table. Transforming hooks (OnPublish, OnDeliver, ...) get
/// their chains here, beside those that decide.
/// </remarks>
internal sealed class HookTable
{
    private readonly IReadOnlyList<HostedPlugin> _plugins;

    public HookTable(IReadOnlyList<HostedPlugin> plugins, AuthChain auth, TopicChain topics)
    {
        _plugins = plugins;
        Auth = auth;
        Topics = topics;
        PacketReceived = Observers<PacketReceivedEvent>(Hook.MqttPacketReceived);
        PacketSent = Observers<PacketSentEvent>(Hook.MqttPacketSent);
        ClientConnected = Observers<ClientConnectedEvent>(Hook.BrokerClientConnected);
        ClientDisconnected = Observers<ClientDisconnectedEvent>(Hook.BrokerClientDisconnected);
        AuthenticationFailed = Observers<AuthenticationFailedEvent>(Hook.BrokerAuthenticationFailed);
        SessionChanged = Observers<SessionChangedEvent>(Hook.BrokerSessionChanged);
        ClientSubscribed = Observers<ClientSubscribedEvent>(Hook.BrokerClientSubscribed);
        ClientUnsubscribed = Observers<ClientUnsubscribedEvent>(Hook.BrokerClientUnsubscribed);
        RetainedMessage = Observers<RetainedMessageEvent>(Hook.BrokerRetainedMessage);
        MessageReceived = Observers<MessageReceivedEvent>(Hook.BrokerMessageReceived);
        MessageBroadcast = Observers<MessageBroadcastEvent>(Hook.BrokerMessageBroadcast);
        MessageStage = Observers<MessageStageEvent>(Hook.BrokerMessageStage);
        Connected = Observers<ConnectedEvent>(Hook.ClientConnected);
        Disconnected = Observers<DisconnectedEvent>(Hook.ClientDisconnected);
        Publish = Observers<PublishEvent>(Hook.ClientPublish);
        Message = Observers<MessageEvent>(Hook.ClientMessage);
    }

    /// <summary>Who may connect.</summary>
    public AuthChain Auth { get; }

    /// <summary>Who may use a topic.</summary>
    public TopicChain Topics { get; }

    public Observers<PacketReceivedEvent> PacketReceived { get; }

    public Observers<PacketSentEvent> PacketSent { get; }

    public Observers<ClientConnectedEvent> ClientConnected { get; }

    public Observers<ClientDisconnectedEvent> ClientDisconnected { get; }

    public Observers<AuthenticationFailedEvent> AuthenticationFailed { get; }

    public Observers<SessionChangedEvent> SessionChanged { get; }

    public Observers<ClientSubscribedEvent> ClientSubscribed { get; }

    public Observers<ClientUnsubscribedEvent> ClientUnsubscribed { get; }

    public Observers<RetainedMessageEvent> RetainedMessage { get; }

    public Observers<MessageReceivedEvent> MessageReceived { get; }

    public Observers<MessageBroadcastEvent> MessageBroadcast { get; }

    public Observers<MessageStageEvent> MessageStage { get; }

    public Observers<ConnectedEvent> Connected { get; }

    public Observers<DisconnectedEvent> Disconnected { get; }

    public Observers<PublishEvent> Publish { get; }

    public Observers<MessageEvent> Message { get; }

    private Observers<TEvent> Observers<TEvent>(Hook hook)
        where TEvent : PluginEvent
        => new([.. _plugins.Where(plugin => plugin.Has(hook)).Select(plugin => plugin.Lane!)]);
}
