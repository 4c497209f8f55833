using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using Amqtt.Broker.Configuration;
using Amqtt.Broker.Diagnostics;
using Amqtt.Broker.Sessions;
using Amqtt.Broker.Transport;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Broker.Connections;

/// <summary>
/// CONNECT, in the order that keeps a stranger from having any effect: limits, authentication, the will's topic, and only then the session: takeover, clean start,
/// CONNACK, connected event, what waits (P-C3). On the loop that accepted the connection until the client id is known, then on the one that owns it.
/// </summary>
internal sealed class ConnectHandler(Connection connection, ListenerOptions listener, Admission admission)
{
    private const string GeneratedIdPrefix = "amqtt/";
    private const int GeneratedIdLength = 16;

    private BrokerState Broker => connection.Broker;

    private LimitOptions Limits => listener.Limits;

    /// <summary>Accepts or refuses the client.</summary>
    public async Task AcceptAsync(ConnectPacket connect)
    {
        connection.Speak(connect.Version, connect.Properties.MaximumPacketSize);
        if (!Broker.Hooks.ConnectionFilters.IsEmpty)
        {
            Verdict turnedAway = await FilterAsync(connect).On(connection.Channel.Loop);
            if (connection.HasEnded) return;
            if (!turnedAway.IsAllowed)
            {
                Refuse(connect, turnedAway);
                return;
            }
        }

        if (!Broker.Hooks.OnConnect.IsEmpty)
        {
            ConnectDraft draft = await ConnectTransform.RunAsync(connection, connect);
            if (connection.HasEnded) return;
            if (draft.Outcome != DraftOutcome.Pass)
            {
                Refuse(connect, draft.Outcome == DraftOutcome.Fault ? ReasonCode.ServerUnavailable : draft.Reason, draft.Text);
                return;
            }

            connect = draft.Edits.ToPacket();
        }

        if (Check(connect) is { } wrong)
        {
            Refuse(connect, wrong.Reason, wrong.Text);
            return;
        }

        bool isOurs = connect.ClientId.Length == 0;
        string clientId = isOurs ? GeneratedIdPrefix + RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", GeneratedIdLength) : connect.ClientId;
        AuthenticateContext context = ContextFor(connect, clientId);
        if (connect.Properties.AuthenticationMethod is { } method)
        {
            await connection.Exchange.BeginAsync(method, connect, context);
            return;
        }

        Verdict verdict = await Broker.Authentication.AuthenticateAsync(context).On(connection.Channel.Loop);
        if (connection.HasEnded) return;
        if (verdict.IsAllowed) await AdmitAsync(connect, context, exchanged: null);
        else Refuse(connect, verdict);
    }

    /// <summary>The client is who it says: what follows concerns what it may do, and only then its session.</summary>
    /// <param name="connect">The CONNECT.</param>
    /// <param name="granted">What the plugins that allowed it granted.</param>
    /// <param name="exchanged">The last data of enhanced authentication, for CONNACK.</param>
    public async Task AdmitAsync(ConnectPacket connect, AuthenticateContext granted, ReadOnlyMemory<byte>? exchanged)
    {
        if (granted.CredentialExpiry is { } expiry && expiry <= Broker.Clock.Time.GetUtcNow())
        {
            Refuse(connect, ReasonCode.NotAuthorized, "the credential has expired");
            return;
        }

        var admitted = new Admitted(connect, granted, granted.Limits is { } limits ? Limits.With(limits) : Limits, Broker.Options.SessionExpiryInterval) { Exchanged = exchanged };
        if (granted.Permissions is not null) Broker.GrantPermissions();
        Session session = SessionFor(admitted);
        if (admitted.Will is { } will && !Broker.Topics.IsEmpty)
        {
            Verdict verdict = await Broker.Topics.FilterAsync(TopicAction.Publish, session, will.Topic, will.QoS, will.Retain, scope: ScopeOf(will.Topic, session)).On(connection.Channel.Loop);
            if (connection.HasEnded) return;
            if (!verdict.IsAllowed)
            {
                Refuse(connect, verdict, "the will's topic is not allowed");
                return;
            }
        }

        await connection.MoveToAsync(session.Shard);
        if (!connection.HasEnded) Establish(admitted, session);
    }

    /// <summary>A CONNECT that is none: a v5 client is told why, an older one is not [v4:3.1.4-1], unless it is only its version that is wrong [v4:3.1.2-2].</summary>
    public void RefuseMalformed(CodecException wrong)
    {
        if (wrong is UnsupportedProtocolVersionException { Level: > 5 } || wrong.Version == ProtocolVersion.V5 || connection.Version == ProtocolVersion.V5)
        {
            connection.Speak(ProtocolVersion.V5);
            connection.Send(new ConnAckPacket { Reason = wrong.Reason.IsAllowedIn(PacketType.ConnAck) ? wrong.Reason : ReasonCode.ProtocolError });
        }
        else if (wrong is UnsupportedProtocolVersionException)
        {
            connection.Speak(ProtocolVersion.V311);
            connection.Send(new ConnAckPacket { Reason = ReasonCode.UnsupportedProtocolVersion });
        }

        connection.Refuse();
    }

    private ValueTask<Verdict> FilterAsync(ConnectPacket connect)
    {
        PeerInfo peer = connection.Channel.Peer;
        ConnectionContext Context(CancellationToken cancel) => new()
        {
            RemoteAddress = peer.Address,
            RemotePort = peer.Port,
            Listener = peer.Listener,
            PeerCertificate = peer.Certificate,
            ProtocolVersion = connect.Version,
            ClientId = connect.ClientId,
            CancellationToken = cancel,
        };
        return Broker.Hooks.ConnectionFilters.FilterAsync(Context, CancellationToken.None);
    }

    /// <summary>What is wrong with a CONNECT before anybody is asked; null if nothing is.</summary>
    private (ReasonCode Reason, string Text)? Check(ConnectPacket connect)
    {
        if (connect.Version == ProtocolVersion.V31 && !Broker.Options.Mqtt31) return (ReasonCode.UnsupportedProtocolVersion, "MQTT 3.1 is switched off");
        if (connect.ClientId.Length == 0 && connect.Version != ProtocolVersion.V5 && (!connect.CleanStart || connect.Version == ProtocolVersion.V31))
            return (ReasonCode.ClientIdentifierNotValid, "an empty client id needs a clean session"); // [v4:3.1.3-8]
        if (Encoding.UTF8.GetByteCount(connect.ClientId) > Limits.MaxClientIdLength)
            return (ReasonCode.ClientIdentifierNotValid, $"a client id has at most {Limits.MaxClientIdLength} bytes");
        if (connect.Will is { } will && CheckWill(will) is { } wrong) return wrong;
        return admission == Admission.Full ? (ReasonCode.QuotaExceeded, "the broker takes no more connections on this listener") : null;
    }

    private (ReasonCode Reason, string Text)? CheckWill(WillMessage will)
    {
        if ((int)will.QoS > Limits.MaxQos) return (ReasonCode.QoSNotSupported, $"the will's QoS is above {Limits.MaxQos}"); // [MQTT-3.2.2-12]
        if (will.Retain && !Limits.RetainAvailable) return (ReasonCode.RetainNotSupported, "the will is retained, and the broker retains nothing"); // [MQTT-3.2.2-13]
        if (will.Properties.PayloadFormatIndicator == 1 && Broker.Options.ValidatePayloadFormat && !Utf8.IsValid(will.Payload.Span))
            return (ReasonCode.PayloadFormatInvalid, "the will is said to be UTF-8 text and is not"); // section 3.1.3.2.3
        bool tooLong = Encoding.UTF8.GetByteCount(will.Topic) > Limits.MaxTopicLength || will.Topic.AsSpan().Count('/') >= Limits.MaxTopicLevels;
        return tooLong ? (ReasonCode.TopicNameInvalid, "the will's topic is too long or has too many levels") : null;
    }

    private ulong ScopeOf(string topic, Session session)
    {
        PluginScopes scopes = Broker.Hooks.Scopes;
        return scopes.OfTopic(topic) & session.ScopeIn(scopes);
    }

    private AuthenticateContext ContextFor(ConnectPacket connect, string clientId) => new()
    {
        ClientId = clientId,
        UserName = connect.UserName,
        Password = connect.Password,
        PeerCertificate = connection.Channel.Peer.Certificate,
        RemoteAddress = connection.Channel.Peer.Address,
        RemotePort = connection.Channel.Peer.Port,
        Listener = connection.Channel.Peer.Listener,
        ProtocolVersion = connect.Version,
        Properties = connect.Properties,
        Will = connect.Will,
    };

    /// <summary>The session as it would be if the client had none; nobody knows it yet.</summary>
    private Session SessionFor(Admitted admitted)
    {
        ConnectPacket connect = admitted.Connect;
        var facts = new ClientFacts
        {
            Peer = connection.Channel.Peer,
            Version = connect.Version,
            CleanStart = connect.CleanStart,
            UserName = connect.UserName,
            IsAnonymous = admitted.Granted.IsAnonymous,
            KeepAlive = admitted.Conditions.KeepAlive,
            Will = admitted.Will,
            Permissions = admitted.Granted.Permissions,
            Prefix = admitted.Prefix,
            ConnectedAt = Broker.Clock.Time.GetUtcNow(),
        };
        return new Session(Broker.ShardOf(admitted.ClientId), admitted.ClientId, admitted.Granted.Identity ?? connect.UserName, admitted.Limits, facts);
    }

    private void Establish(Admitted admitted, Session fresh)
    {
        ConnectPacket connect = admitted.Connect;
        ConnectConditions conditions = admitted.Conditions;
        Shard shard = connection.Shard;
        shard.Sessions.TryFind(fresh.ClientId, out Session? known);
        if (known is not null && !known.MayBelongTo(fresh.Identity))
        {
            BrokerLog.ClientIdClaimed(Broker.Log, LogText.Escape(fresh.ClientId), LogText.Escape(fresh.UserName), connection.Channel.Peer);
            Refuse(connect, ReasonCode.ClientIdentifierNotValid, "the client id is in use by another user");
            return;
        }

        bool persists = conditions.SessionExpiry != TimeSpan.Zero;
        if (persists && known is not { IsPersistent: true } && !Broker.HasRoomForSession)
        {
            Refuse(connect, ReasonCode.QuotaExceeded, "the broker keeps no more sessions");
            return;
        }

        var accepted = new ConnAckPacket { Properties = Announce(admitted) };
        if (!connection.Fits(accepted))
        {
            Refuse(connect, ReasonCode.PacketTooLarge, text: null); // [MQTT-3.1.2-24]
            return;
        }

        bool takenOver = known?.Link is not null;
        (known?.Link as Connection)?.TakenOver(); // which ends a session that does not outlive its connection
        if (connect.CleanStart) known?.End(SessionChange.Deleted); // [MQTT-3.1.2-4]
        bool present = known is { HasEnded: false };
        Session session = present ? known! : fresh;
        if (present) session.Claim(fresh.Identity);
        else shard.Sessions.Add(session);

        connection.Established(session, admitted);
        session.Attach(connection, fresh.Facts, admitted.Limits, conditions.SessionExpiry, Will.From(admitted.Will, session.ClientId), present);
        connection.Send(present ? new ConnAckPacket { SessionPresent = true, Properties = accepted.Properties } : accepted);
        Broker.Events.SessionChanged(session, !present ? SessionChange.Created : takenOver ? SessionChange.TakenOver : SessionChange.Resumed);
        Broker.Events.Connected(session);
        session.Outbox.Resume();
    }

    private MqttProperties Announce(Admitted admitted)
    {
        ConnectPacket connect = admitted.Connect;
        if (connect.Version != ProtocolVersion.V5) return MqttProperties.Empty;
        string? responses = connect.Properties.RequestResponseInformation == true // [MQTT-3.1.2-28]
            ? Broker.Options.ResponseInformation?.Replace("{client_id}", admitted.ClientId, StringComparison.Ordinal)
            : null;
        return admitted.Announce(responses is not null && MqttString.IsValid(responses) ? responses : null);
    }

    /// <summary>Answers with a refusal and closes.</summary>
    public void Refuse(ConnectPacket connect, Verdict verdict, string? text = null)
    {
        ReasonCode reason = verdict.IsFault ? ReasonCode.ServerUnavailable : verdict.Reason ?? ReasonCode.NotAuthorized;
        if (!reason.IsAllowedIn(PacketType.ConnAck)) reason = ReasonCode.NotAuthorized; // [MQTT-3.2.2-8]: a plugin may choose any error
        Refuse(connect, reason, verdict.Text ?? text, verdict.ServerReference);
    }

    /// <summary>Answers with a refusal and closes.</summary>
    public void Refuse(ConnectPacket connect, ReasonCode reason, string? text, string? serverReference = null)
    {
        BrokerLog.Refused(
            Broker.Log, LogText.Escape(connect.ClientId), LogText.Escape(connect.UserName), connection.Channel.Peer, reason, LogText.Escape(text));
        MqttProperties properties = ReasonText.With(text, serverReference);
        connection.SendLast(new ConnAckPacket { Reason = reason, Properties = properties }, new ConnAckPacket { Reason = reason });
        Broker.Events.AuthenticationFailed(connect, connection.Channel.Peer, reason, text);
        connection.Refuse();
    }
}
