using Amqtt.Broker.Routing;
using Amqtt.Broker.Transport;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Broker.Hooks;

/// <summary>
/// Tells plugins what happened. An event is built only when somebody observes it: the hot path asks the <c>Observes…</c> properties, which are an
/// array-length check each, and everything else checks here. Any thread.
/// </summary>
internal sealed class BrokerEvents(PluginHost plugins, LoopClock clock)
{
    /// <summary>Whether anybody observes packets that arrive.</summary>
    public bool ObservesReceived => !Table.PacketReceived.IsEmpty;

    /// <summary>Whether anybody observes packets that are sent.</summary>
    public bool ObservesSent => !Table.PacketSent.IsEmpty;

    /// <summary>Whether anybody observes messages that arrive.</summary>
    public bool ObservesMessages => !Table.MessageReceived.IsEmpty;

    /// <summary>Whether anybody observes messages that are routed.</summary>
    public bool ObservesBroadcast => !Table.MessageBroadcast.IsEmpty;

    /// <summary>Whether anybody observes the retained store and offline queues.</summary>
    public bool ObservesRetained => !Table.RetainedMessage.IsEmpty;

    /// <summary>Whether anybody observes what becomes of each message.</summary>
    public bool ObservesStages => !Table.MessageStage.IsEmpty;

    private HookTable Table => plugins.Hooks;

    /// <summary>A client is connected.</summary>
    public void Connected(ISession session)
    {
        if (!Table.ClientConnected.IsEmpty) Table.ClientConnected.Raise(new ClientConnectedEvent { ClientId = session.ClientId, Session = session }, ScopeOf(session));
    }

    /// <summary>A client that was connected is gone.</summary>
    public void Disconnected(ISession session, DisconnectCause cause, ReasonCode? reason, string? plugin)
    {
        if (Table.ClientDisconnected.IsEmpty) return;
        var disconnected = new ClientDisconnectedEvent { ClientId = session.ClientId, Session = session, Cause = cause, Reason = reason, Plugin = plugin };
        Table.ClientDisconnected.Raise(disconnected, ScopeOf(session));
    }

    /// <summary>A CONNECT was refused.</summary>
    public void AuthenticationFailed(ConnectPacket connect, PeerInfo peer, ReasonCode reason, string? text, string? plugin)
    {
        if (Table.AuthenticationFailed.IsEmpty) return;
        var failed = new AuthenticationFailedEvent
        {
            ClientId = connect.ClientId,
            UserName = connect.UserName,
            RemoteAddress = peer.Address,
            Listener = peer.Listener,
            Reason = reason,
            Text = text,
            Plugin = plugin,
        };
        Table.AuthenticationFailed.Raise(failed, Table.Scopes.OfListener(peer.Listener));
    }

    /// <summary>A session began, went on or ended.</summary>
    public void SessionChanged(ISession session, SessionChange change)
    {
        if (Table.SessionChanged.IsEmpty) return;
        Table.SessionChanged.Raise(new SessionChangedEvent { ClientId = session.ClientId, Session = session, Change = change }, ScopeOf(session));
    }

    /// <summary>A filter was accepted.</summary>
    public void Subscribed(ISession session, string filter, QoS requested, QoS granted)
    {
        if (Table.ClientSubscribed.IsEmpty) return;
        var subscribed = new ClientSubscribedEvent
        {
            ClientId = session.ClientId,
            TopicFilter = filter,
            RequestedQoS = requested,
            GrantedQoS = granted,
        };
        Table.ClientSubscribed.Raise(subscribed, ScopeOf(session, filter));
    }

    /// <summary>A filter is gone, or was asked to go.</summary>
    public void Unsubscribed(ISession session, string filter, UnsubscribeCause cause)
    {
        if (Table.ClientUnsubscribed.IsEmpty) return;
        Table.ClientUnsubscribed.Raise(new ClientUnsubscribedEvent { ClientId = session.ClientId, TopicFilter = filter, Cause = cause }, ScopeOf(session, filter));
    }

    /// <summary>A client sent a message; it has not been filtered yet.</summary>
    public void MessageReceived(string clientId, Message message, ISession? session = null)
    {
        ulong scope = ScopeOf(session, message);
        if (Table.MessageReceived.Applies(scope)) Table.MessageReceived.Raise(new MessageReceivedEvent { ClientId = clientId, Message = Facts(message) }, scope);
    }

    /// <summary>A message is about to be routed.</summary>
    public void Broadcast(Message message, ISession? session = null)
    {
        ulong scope = ScopeOf(session, message);
        if (!Table.MessageBroadcast.Applies(scope)) return;
        Table.MessageBroadcast.Raise(new MessageBroadcastEvent { ClientId = message.PublisherClientId, Message = Facts(message) }, scope);
    }

    /// <summary>A topic's retained message was set or cleared (<paramref name="queuedFor"/> null), or a message waits for an offline client.</summary>
    public void Retained(Message message, string? queuedFor, QoS qos, ISession? session = null)
    {
        if (Table.RetainedMessage.IsEmpty) return;
        ulong scope = ScopeOf(session, message);
        if (Table.RetainedMessage.Applies(scope)) Table.RetainedMessage.Raise(new RetainedMessageEvent { ClientId = queuedFor, Message = Facts(message, qos) }, scope);
    }

    /// <summary>What became of a message on its way to <paramref name="receiver"/>, who gets it with <paramref name="qos"/>; <paramref name="session"/> is that or its publisher.</summary>
    public void Stage(MessageStage stage, Message message, string? receiver, DropReason reason = DropReason.None, ISession? session = null, QoS? qos = null)
    {
        if (Table.MessageStage.IsEmpty) return;
        ulong scope = ScopeOf(session, message);
        if (!Table.MessageStage.Applies(scope)) return;
        var reached = new MessageStageEvent
        {
            Stage = stage,
            Message = Facts(message, qos),
            PublisherId = message.PublisherClientId,
            ReceiverId = receiver,
            DropReason = reason,
        };
        Table.MessageStage.Raise(reached, scope);
    }

    /// <summary>A packet has arrived well-formed.</summary>
    public void PacketReceived(MqttPacket packet, ISession? session) =>
        Table.PacketReceived.Raise(new PacketReceivedEvent { Packet = packet, Session = session }, ScopeOf(packet, session));

    /// <summary>A CONNECT has arrived well-formed. Observers get it without its password, which only authentication sees.</summary>
    public void ConnectReceived(ConnectPacket connect)
    {
        var safe = new ConnectPacket
        {
            Version = connect.Version,
            ClientId = connect.ClientId,
            CleanStart = connect.CleanStart,
            KeepAlive = connect.KeepAlive,
            Will = connect.Will,
            UserName = connect.UserName,
            Properties = connect.Properties,
        };
        PacketReceived(safe, session: null);
    }

    /// <summary>A packet has been appended to a client's output.</summary>
    public void PacketSent(ProtocolVersion version, ReadOnlySpan<byte> packet, ISession? session)
    {
        FrameHeader.TryRead(packet, int.MaxValue, out FrameHeader header);
        MqttPacket decoded = PacketCodec.Decode(version, header.FirstByte, packet[header.HeaderLength..]);
        Table.PacketSent.Raise(new PacketSentEvent { Packet = decoded, Session = session }, ScopeOf(decoded, session));
    }

    /// <summary>A message as plugins see it.</summary>
    public ApplicationMessage Facts(Message message, QoS? qos = null) => new()
    {
        Topic = message.TopicText,
        Payload = message.PayloadMemory,
        QoS = qos ?? message.QoS,
        Retain = message.Retain,
        Properties = PropertiesOf(message),
    };

    private MqttProperties PropertiesOf(Message message) =>
        ForwardedProperties.Decode(message.Properties, message.ExpiresAt == long.MaxValue ? null : (uint)Math.Max(1, (message.ExpiresAt - clock.Now + 999) / 1000));

    /// <summary>Who sees what happens to a session: those who have not named listeners, and those who have named its.</summary>
    private ulong ScopeOf(ISession? session)
    {
        PluginScopes scopes = Table.Scopes;
        return scopes.HasListeners && session is not null ? scopes.OfListener(session.Listener) : PluginScopes.All;
    }

    private ulong ScopeOf(ISession? session, Message message)
    {
        PluginScopes scopes = Table.Scopes;
        return scopes.HasTopics ? scopes.OfTopic(message.Topic) & ScopeOf(session) : ScopeOf(session);
    }

    private ulong ScopeOf(ISession session, string filter)
    {
        PluginScopes scopes = Table.Scopes;
        if (!scopes.HasTopics) return ScopeOf(session);
        return scopes.OfFilter(SharedSubscription.TryParse(filter, out SharedSubscription shared) ? shared.Filter : filter) & ScopeOf(session);
    }

    /// <summary>Only a PUBLISH has a topic; one that an alias stands for is seen by everybody.</summary>
    private ulong ScopeOf(MqttPacket packet, ISession? session)
    {
        PluginScopes scopes = Table.Scopes;
        return scopes.HasTopics && packet is PublishPacket { Topic.Length: > 0 } publish ? scopes.OfTopic(publish.Topic) & ScopeOf(session) : ScopeOf(session);
    }
}
