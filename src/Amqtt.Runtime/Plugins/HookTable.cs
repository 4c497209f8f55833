using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <summary>Which plugins have which hook. Immutable: a change of plugins or of switched-off hooks makes a new table.</summary>
/// <remarks>Read <see cref="PluginHost.Hooks"/> anew for each packet or round, never keep a table.</remarks>
internal sealed class HookTable
{
    private readonly IReadOnlyList<HostedPlugin> _plugins;
    private readonly CoarseClock? _clock;

    public HookTable(IReadOnlyList<HostedPlugin> plugins, AuthChain auth, TopicChain topics, ConnectionFilters filters, EnhancedAuthentication enhanced, CoarseClock? clock)
    {
        _plugins = plugins;
        _clock = clock;
        Auth = auth;
        Topics = topics;
        ConnectionFilters = filters;
        EnhancedAuthentication = enhanced;
        Scopes = new(plugins);
        OnConnect = Transforms<ConnectDraft, ConnectCall>();
        OnSubscribe = Transforms<SubscribeDraft, SubscribeCall>();
        OnUnsubscribe = Transforms<UnsubscribeDraft, UnsubscribeCall>();
        OnPublish = Transforms<MessageDraft, PublishCall>();
        OnDeliver = Transforms<MessageDraft, DeliverCall>();
        OnWill = Transforms<MessageDraft, WillCall>();
        OnAcknowledge = Transforms<AcknowledgeDraft, AcknowledgeCall>();
        OnDisconnect = Transforms<DisconnectDraft, DisconnectCall>();
        LeavesPublishAlone = Topics.IsEmpty && OnPublish.IsEmpty;
        LeavesWillsAlone = LeavesPublishAlone && OnWill.IsEmpty;
        LeavesDeliveryAlone = Topics.IsEmpty && OnDeliver.IsEmpty;
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

    /// <summary>Which connections are turned away.</summary>
    public ConnectionFilters ConnectionFilters { get; }

    /// <summary>Which methods of enhanced authentication there are.</summary>
    public EnhancedAuthentication EnhancedAuthentication { get; }

    /// <summary>Who may use a topic.</summary>
    public TopicChain Topics { get; }

    /// <summary>Who wants to be asked about what at all.</summary>
    public PluginScopes Scopes { get; }

    public TransformChain<ConnectDraft, ConnectCall> OnConnect { get; }

    public TransformChain<SubscribeDraft, SubscribeCall> OnSubscribe { get; }

    public TransformChain<UnsubscribeDraft, UnsubscribeCall> OnUnsubscribe { get; }

    public TransformChain<MessageDraft, PublishCall> OnPublish { get; }

    public TransformChain<MessageDraft, DeliverCall> OnDeliver { get; }

    public TransformChain<MessageDraft, WillCall> OnWill { get; }

    public TransformChain<AcknowledgeDraft, AcknowledgeCall> OnAcknowledge { get; }

    public TransformChain<DisconnectDraft, DisconnectCall> OnDisconnect { get; }

    /// <summary>Nobody is asked about a message on its way in.</summary>
    public bool LeavesPublishAlone { get; }

    /// <summary>Nobody is asked about a will that is due.</summary>
    public bool LeavesWillsAlone { get; }

    /// <summary>Nobody is asked about a message on its way to a receiver.</summary>
    public bool LeavesDeliveryAlone { get; }

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
        => new([.. _plugins.Where(plugin => plugin.Has(hook)).Select(plugin => new Observer(plugin.Lane!, plugin.ScopeBit))]);

    private TransformChain<TDraft, TCall> Transforms<TDraft, TCall>()
        where TDraft : Draft
        where TCall : struct, ITransformCall<TDraft>
        => new([.. _plugins.Where(plugin => plugin.Has(TCall.Hook)).Select(plugin => new TransformLink(plugin, TCall.Hook))], _clock);
}
