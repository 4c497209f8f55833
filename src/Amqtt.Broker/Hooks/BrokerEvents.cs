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
        if (!Table.ClientConnected.IsEmpty) Table.ClientConnected.Raise(new ClientConnectedEvent { ClientId = session.ClientId, Session = session });
    }

    /// <summary>A client that was connected is gone.</summary>
    public void Disconnected(ISession session, DisconnectCause cause, ReasonCode? reason)
    {
        if (Table.ClientDisconnected.IsEmpty) return;
        Table.ClientDisconnected.Raise(new ClientDisconnectedEvent { ClientId = session.ClientId, Session = session, Cause = cause, Reason = reason });
    }

    /// <summary>A CONNECT was refused.</summary>
    public void AuthenticationFailed(ConnectPacket connect, PeerInfo peer, ReasonCode reason, string? text)
    {
        if (Table.AuthenticationFailed.IsEmpty) return;
        Table.AuthenticationFailed.Raise(new AuthenticationFailedEvent
        {
            ClientId = connect.ClientId,
            UserName = connect.UserName,
            RemoteAddress = peer.Address,
            Listener = peer.Listener,
            Reason = reason,
            Text = text,
        });
    }

    /// <summary>A session began, went on or ended.</summary>
    public void SessionChanged(ISession session, SessionChange change)
    {
        if (Table.SessionChanged.IsEmpty) return;
        Table.SessionChanged.Raise(new SessionChangedEvent { ClientId = session.ClientId, Session = session, Change = change });
    }

    /// <summary>A filter was accepted.</summary>
    public void Subscribed(ISession session, string filter, QoS requested, QoS granted)
    {
        if (Table.ClientSubscribed.IsEmpty) return;
        Table.ClientSubscribed.Raise(new ClientSubscribedEvent
        {
            ClientId = session.ClientId,
            TopicFilter = filter,
            RequestedQoS = requested,
            GrantedQoS = granted,
        });
    }

    /// <summary>A filter is gone, or was asked to go.</summary>
    public void Unsubscribed(ISession session, string filter, UnsubscribeCause cause)
    {
        if (Table.ClientUnsubscribed.IsEmpty) return;
        Table.ClientUnsubscribed.Raise(new ClientUnsubscribedEvent { ClientId = session.ClientId, TopicFilter = filter, Cause = cause });
    }

    /// <summary>A client sent a message; it has not been filtered yet.</summary>
    public void MessageReceived(string clientId, Message message) =>
        Table.MessageReceived.Raise(new MessageReceivedEvent { ClientId = clientId, Message = Facts(message) });

    /// <summary>A message is about to be routed.</summary>
    public void Broadcast(Message message) =>
        Table.MessageBroadcast.Raise(new MessageBroadcastEvent { ClientId = message.PublisherClientId, Message = Facts(message) });

    /// <summary>A topic's retained message was set or cleared (<paramref name="queuedFor"/> null), or a message waits for an offline client.</summary>
    public void Retained(Message message, string? queuedFor, QoS qos)
    {
        if (!Table.RetainedMessage.IsEmpty) Table.RetainedMessage.Raise(new RetainedMessageEvent { ClientId = queuedFor, Message = Facts(message, qos) });
    }

    /// <summary>What became of a message on its way to <paramref name="receiver"/>.</summary>
    public void Stage(MessageStage stage, Message message, string? receiver, DropReason reason = DropReason.None)
    {
        if (Table.MessageStage.IsEmpty) return;
        Table.MessageStage.Raise(new MessageStageEvent
        {
            Stage = stage,
            Message = Facts(message),
            PublisherId = message.PublisherClientId,
            ReceiverId = receiver,
            DropReason = reason,
        });
    }

    /// <summary>A packet has arrived well-formed.</summary>
    public void PacketReceived(MqttPacket packet, ISession? session) =>
        Table.PacketReceived.Raise(new PacketReceivedEvent { Packet = packet, Session = session });

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
        Table.PacketSent.Raise(new PacketSentEvent { Packet = decoded, Session = session });
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

    private MqttProperties PropertiesOf(Message message)
    {
        bool expires = message.ExpiresAt != long.MaxValue;
        if (message.Properties.IsEmpty && !expires) return MqttProperties.Empty;
        // A PUBLISH with a topic of one character and these properties: the codec's own decoder reads them.
        int length = message.Properties.Length + (expires ? 1 + sizeof(uint) : 0);
        byte[] publish = new byte[3 + Wire.VariableByteIntegerLength(length) + length];
        int at = Wire.WriteString(publish, "t"u8);
        at += Wire.WriteVariableByteInteger(publish.AsSpan(at), length);
        if (expires)
        {
            publish[at++] = (byte)PropertyId.MessageExpiryInterval;
            at += Wire.WriteUInt32(publish.AsSpan(at), (uint)Math.Max(1, (message.ExpiresAt - clock.Now + 999) / 1000));
        }

        message.Properties.CopyTo(publish.AsSpan(at));
        return ((PublishPacket)PacketCodec.Decode(ProtocolVersion.V5, (byte)PacketType.Publish << 4, publish)).Properties;
    }
}
