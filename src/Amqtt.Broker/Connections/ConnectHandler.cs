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
        connection.Speak(connect.Version, connect.Properties.MaximumPacketSize, connect.IsBridge);
        if (admission == Admission.Granted && !Broker.Hooks.ConnectionFilters.IsEmpty)
        {
            Verdict turnedAway = await FilterAsync(connect).On(connection.Channel.Loop);
            if (connection.HasEnded) return;
            if (!turnedAway.IsAllowed)
            {
                Refuse(connect, turnedAway, refusal: Refusal.ConnectionFiltered);
                return;
            }
        }

        if (admission == Admission.Granted && !Broker.Hooks.OnConnect.IsEmpty)
        {
            ConnectDraft draft = await ConnectTransform.RunAsync(connection, connect);
            if (connection.HasEnded) return;
            if (draft.Outcome != DraftOutcome.Pass)
            {
                bool isFault = draft.Outcome == DraftOutcome.Fault;
                Refuse(connect, isFault ? ReasonCode.ServerUnavailable : draft.Reason, draft.Text, refusal: isFault ? Refusal.PluginFault : Refusal.LoginFailed, by: DeniedBy.ThePlugin(draft.Plugin));
                return;
            }

            connect = draft.Edits.ToPacket();
        }

        if (Check(connect) is { } wrong)
        {
            Refuse(connect, wrong.Reason, wrong.Text, refusal: wrong.Refusal);
            return;
        }

        if (!await TakeTurnAsync(connect)) return;
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
        if (!Broker.Authentication.IsEmpty) Remember(connect.UserName, verdict);
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
                Refuse(connect, verdict, "the will's topic is not allowed", Refusal.WillDenied);
                return;
            }
        }

        await connection.MoveToAsync(session.Shard);
        if (!connection.HasEnded) Establish(admitted, session);
    }

    /// <summary>A CONNECT that is none: a v5 client is told why, an older one is not [v4:3.1.4-1], unless it is only its version that is wrong [v4:3.1.2-2].</summary>
    public void RefuseMalformed(CodecException wrong, bool isTooLarge)
    {
        connection.Refusals.Count(isTooLarge ? Refusal.MaxConnectPacketSize : Refusals.OfConnect(wrong));
        if (wrong is UnsupportedProtocolVersionException { ExpectsReturnCode: false } || wrong.Version == ProtocolVersion.V5 || connection.Version == ProtocolVersion.V5)
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
        return Broker.Hooks.ConnectionFilters.FilterAsync(Context);
    }

    /// <summary>Lets whoever failed before wait before a plugin is asked again; false if the client has gone or is turned away.</summary>
    private async ValueTask<bool> TakeTurnAsync(ConnectPacket connect)
    {
        ValueTask<bool> turn = Broker.FailedLogins.WaitAsync(connection.Channel.Peer.Address, connect.UserName, Limits.FailedLogins);
        if (!turn.IsCompleted) Broker.Security.LimitReached(Refusal.FailedLogins, listener.Name, connection.Channel.Peer.Address);
        bool mayGoOn = await turn.On(connection.Channel.Loop);
        if (connection.HasEnded) return false;
        if (!mayGoOn) Refuse(connect, ReasonCode.ConnectionRateExceeded, "too many logins have failed", refusal: Refusal.FailedLogins);
        return mayGoOn;
    }

    /// <summary>Only a denial is a failed login: a plugin's fault is not the client's.</summary>
    public void Remember(string? userName, Verdict verdict)
    {
        if (verdict.IsFault) return;
        if (verdict.IsAllowed) Broker.FailedLogins.Succeeded(connection.Channel.Peer.Address, userName);
        else if (verdict.Reason is null or ReasonCode.NotAuthorized or ReasonCode.BadUserNameOrPassword or ReasonCode.Banned)
            Broker.FailedLogins.Failed(connection.Channel.Peer.Address, userName, Limits.FailedLogins);
    }

    /// <summary>Something that is no CONNECT, perhaps not MQTT at all.</summary>
    public void RefuseStranger()
    {
        connection.Refusals.Count(Refusal.NotMqtt);
        Broker.Security.MalformedPacket(client: null, connection.Channel.Peer, "the first byte is not that of a CONNECT");
        connection.Refuse();
    }

    /// <summary>What is wrong with a CONNECT before anybody is asked; null if nothing is.</summary>
    private (ReasonCode Reason, string Text, Refusal? Refusal)? Check(ConnectPacket connect)
    {
        if (connect.Version == ProtocolVersion.V31 && !Broker.Options.Mqtt31) return (ReasonCode.UnsupportedProtocolVersion, "MQTT 3.1 is switched off", Refusal.UnsupportedProtocolVersion);
        if (connect.ClientId.Length == 0 && connect.Version != ProtocolVersion.V5 && (!connect.CleanStart || connect.Version == ProtocolVersion.V31))
            return (ReasonCode.ClientIdentifierNotValid, "an empty client id needs a clean session", Refusal.ClientIdInvalid); // [v4:3.1.3-8]
        if (Encoding.UTF8.GetByteCount(connect.ClientId) > Limits.MaxClientIdLength)
            return (ReasonCode.ClientIdentifierNotValid, $"a client id has at most {Limits.MaxClientIdLength} bytes", Refusal.MaxClientIdLength);
        if (connect.Will is { } will && CheckWill(will) is { } wrong) return wrong;
        return admission == Admission.Granted ? null : TurnedAway();
    }

    /// <summary>Whoever has no place; the gate has counted it.</summary>
    private (ReasonCode Reason, string Text, Refusal? Refusal) TurnedAway() => admission switch
    {
        Admission.TooFast => (ReasonCode.ConnectionRateExceeded, "connections come faster than the broker takes them", null),
        Admission.NoMemory => (ReasonCode.QuotaExceeded, "the broker has no memory for another connection", null),
        Admission.BrokerFull => (ReasonCode.QuotaExceeded, "the broker takes no more connections", null),
        _ => (ReasonCode.QuotaExceeded, "the broker takes no more connections on this listener", null),
    };

    private (ReasonCode Reason, string Text, Refusal? Refusal)? CheckWill(WillMessage will)
    {
        if ((int)will.QoS > Limits.MaxQos) return (ReasonCode.QoSNotSupported, $"the will's QoS is above {Limits.MaxQos}", Refusal.MaxQos); // [MQTT-3.2.2-12]
        if (will.Retain && !Limits.RetainAvailable) return (ReasonCode.RetainNotSupported, "the will is retained, and the broker retains nothing", Refusal.RetainAvailable); // [MQTT-3.2.2-13]
        if (will.Properties.PayloadFormatIndicator == 1 && Broker.Options.ValidatePayloadFormat && !Utf8.IsValid(will.Payload.Span))
            return (ReasonCode.PayloadFormatInvalid, "the will is said to be UTF-8 text and is not", Refusal.ProtocolError); // section 3.1.3.2.3
        bool tooLong = Encoding.UTF8.GetByteCount(will.Topic) > Limits.MaxTopicLength || will.Topic.AsSpan().Count('/') >= Limits.MaxTopicLevels;
        return tooLong ? (ReasonCode.TopicNameInvalid, "the will's topic is too long or has too many levels", Refusal.MaxTopicLength) : null;
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
        var session = new Session(Broker.ShardOf(admitted.ClientId), admitted.ClientId, admitted.Granted.Identity ?? connect.UserName, admitted.Limits, facts);
        session.Grant(admitted.Granted.Attributes);
        return session;
    }

    private void Establish(Admitted admitted, Session fresh)
    {
        ConnectPacket connect = admitted.Connect;
        ConnectConditions conditions = admitted.Conditions;
        if (Broker.IsShuttingDown)
        {
            // It was on its way between two loops while both were told.
            connection.Disconnect(ReasonCode.ServerShuttingDown);
            return;
        }

        Shard shard = connection.Shard;
        shard.Sessions.TryFind(fresh.ClientId, out Session? known);
        if (known is not null && !known.MayBelongTo(fresh.Identity))
        {
            Broker.Security.ClientIdClaimed(fresh.ClientId, fresh.UserName, connection.Channel.Peer);
            Refuse(connect, ReasonCode.ClientIdentifierNotValid, "the client id is in use by another user", refusal: Refusal.ClientIdClaimed);
            return;
        }

        bool persists = conditions.SessionExpiry != TimeSpan.Zero;
        bool takesPlace = persists && known is not { HasPlace: true };
        bool movesPlace = persists && !takesPlace && !string.Equals(known!.Identity, fresh.Identity, StringComparison.Ordinal); // nobody's so far
        Refusal? noPlace = takesPlace ? Broker.SessionQuota.TryTake(fresh.Identity) : movesPlace ? Broker.SessionQuota.TryMove(known!.Identity, fresh.Identity) : null;
        if (noPlace is { } full)
        {
            Refuse(connect, ReasonCode.QuotaExceeded, full == Refusal.MaxSessions ? "the broker keeps no more sessions" : "the broker keeps no more sessions of this user", refusal: full);
            return;
        }

        var accepted = new ConnAckPacket { Properties = Announce(admitted) };
        if (!connection.Fits(accepted))
        {
            if (takesPlace) Broker.SessionQuota.Return(fresh.Identity);
            if (movesPlace) Broker.SessionQuota.TryMove(fresh.Identity, known!.Identity);
            Refuse(connect, ReasonCode.PacketTooLarge, text: null, refusal: Refusal.ProtocolError); // [MQTT-3.1.2-24]
            return;
        }

        known?.Claim(fresh.Identity, movesPlace);
        bool takenOver = known?.Link is not null;
        (known?.Link as Connection)?.TakenOver(); // which ends a session that does not outlive its connection
        // The new session has the old one's place: another loop could take what that gave back.
        bool hasPlace = takesPlace || (persists && connect.CleanStart && known!.HandOverPlace());
        if (connect.CleanStart) known?.End(SessionChange.Deleted); // [MQTT-3.1.2-4]

        bool present = known is { HasEnded: false };
        Session session = present ? known! : fresh;
        if (present) session.Grant(admitted.Granted.Attributes);
        else shard.Sessions.Add(session);

        connection.Established(session, admitted);
        session.Attach(connection, fresh.Facts, admitted.Limits, conditions.SessionExpiry, Will.From(admitted.Will, session.ClientId), present, hasPlace);
        connection.Send(present ? new ConnAckPacket { SessionPresent = true, Properties = accepted.Properties } : accepted);
        Broker.Events.SessionChanged(session, !present ? SessionChange.Created : takenOver ? SessionChange.TakenOver : SessionChange.Resumed);
        Broker.Events.Connected(session);
        if (present) connection.Channel.Flush(); // simple clients take what comes with the CONNACK for a part of it
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
    public void Refuse(ConnectPacket connect, Verdict verdict, string? text = null, Refusal refusal = Refusal.LoginFailed)
    {
        ReasonCode reason = verdict.IsFault ? ReasonCode.ServerUnavailable : verdict.Reason ?? ReasonCode.NotAuthorized;
        if (!reason.IsAllowedIn(PacketType.ConnAck)) reason = ReasonCode.NotAuthorized; // [MQTT-3.2.2-8]: a plugin may choose any error
        Refuse(connect, reason, verdict.Text ?? text, verdict.ServerReference, verdict.IsFault ? Refusal.PluginFault : refusal, verdict.By);
    }

    /// <summary>Answers with a refusal and closes.</summary>
    public void Refuse(ConnectPacket connect, ReasonCode reason, string? text, string? serverReference = null, Refusal? refusal = Refusal.LoginFailed, DeniedBy by = default)
    {
        if (refusal is { } counted) connection.Refusals.Count(counted);
        Broker.Security.LoginFailed(connect.ClientId, connect.UserName, connection.Channel.Peer, by, reason, text);
        connection.SendLast(text, serverReference, properties => new ConnAckPacket { Reason = reason, Properties = properties });
        Broker.Events.AuthenticationFailed(connect, connection.Channel.Peer, reason, text, by.Plugin);
        connection.Refuse();
    }
}
