using System.Net;
using System.Security.Cryptography.X509Certificates;
using Amqtt.Broker.Configuration;
using Amqtt.Broker.Diagnostics;
using Amqtt.Broker.Hooks;
using Amqtt.Broker.Routing;
using Amqtt.Broker.Transport;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Broker.Sessions;

/// <summary>
/// The state of one client that outlives its connections: subscriptions, what is in flight, what waits, the will, the expiry. Everything but the facts for plugins is
/// touched by its loop alone.
/// </summary>
internal sealed class Session : Subscriber, ISession, IAuthorizedSession
{
    private readonly SessionLifetime _lifetime;
    private ClientFacts _facts;
    private InboundIdentifiers? _unreleased;
    private int _inflightIn;
    private PluginScopes? _scopes;
    private string? _scopeListener;
    private ulong _scope;
    private VerdictCache? _verdicts;
    private SessionAttributes? _attributes;
    private int _authorizationVersion;

    public Session(Shard shard, string clientId, string? identity, LimitOptions limits, ClientFacts facts)
    {
        Shard = shard;
        ClientId = clientId;
        Identity = identity;
        Limits = limits;
        _facts = facts;
        Outbox = new Outbox(this);
        Subscriptions = new SessionSubscriptions(this);
        _lifetime = new SessionLifetime(this);
    }

    /// <inheritdoc cref="ISession.ClientId"/>
    public override string ClientId { get; }

    /// <inheritdoc/>
    public override int Loop => Shard.Loop.Index;

    /// <inheritdoc/>
    public override bool IsOnline => Link is not null;

    /// <inheritdoc/>
    public override bool IsBusy => Outbox.HasBacklog;

    /// <summary>Who it belongs to: the user name, unless a plugin set another; null for anonymous clients.</summary>
    public string? Identity { get; private set; }

    /// <summary>Nobody has connected to it yet and nobody was named: it belongs to whoever comes first.</summary>
    public bool IsUnclaimed { get; private init; }

    /// <inheritdoc/>
    public TimeSpan Expiry => _lifetime.Expiry;

    /// <summary>Its loop and what that owns.</summary>
    public Shard Shard { get; }

    /// <summary>The bounds of the listener that it was last connected to.</summary>
    public LimitOptions Limits { get; private set; }

    /// <summary>The client's connection; null while it is away.</summary>
    public IClientLink? Link { get; private set; }

    /// <summary>The way of messages to the client.</summary>
    public Outbox Outbox { get; }

    /// <summary>What the client wants.</summary>
    public SessionSubscriptions Subscriptions { get; }

    /// <summary>Whether it outlives its connection.</summary>
    public bool IsPersistent => _lifetime.Expiry > TimeSpan.Zero || _lifetime.Expiry == Timeout.InfiniteTimeSpan;

    /// <summary>Whether it has a place among the sessions that outlive their connections.</summary>
    public bool HasPlace => _lifetime.HasPlace;

    /// <summary>Whether it has ended: nothing reaches it any more.</summary>
    public bool HasEnded => _lifetime.HasEnded;

    /// <summary>What the newest CONNECT said.</summary>
    public ClientFacts Facts => Volatile.Read(ref _facts);

    /// <inheritdoc/>
    public IReadOnlyList<TopicPermission>? Permissions => Facts.Permissions;

    /// <inheritdoc/>
    public VerdictCache Verdicts => LazyInitializer.EnsureInitialized(ref _verdicts);

    /// <inheritdoc/>
    public int AuthorizationVersion => Volatile.Read(ref _authorizationVersion);

    /// <summary>QoS 2 messages that the client has sent and not released.</summary>
    public InboundIdentifiers Unreleased => _unreleased ??= new InboundIdentifiers();

    /// <inheritdoc/>
    public bool CleanSession => Facts.CleanStart;

    /// <inheritdoc/>
    public string? UserName => Facts.UserName;

    /// <inheritdoc/>
    public bool IsAnonymous => Facts.IsAnonymous;

    /// <inheritdoc/>
    public IPAddress? RemoteAddress => Facts.Peer.Address;

    /// <inheritdoc/>
    public int RemotePort => Facts.Peer.Port;

    /// <inheritdoc/>
    public string Listener => Facts.Peer.Listener;

    /// <inheritdoc/>
    public X509Certificate2? PeerCertificate => Facts.Peer.Certificate;

    /// <inheritdoc/>
    public ProtocolVersion ProtocolVersion => Facts.Version;

    /// <inheritdoc/>
    public TimeSpan KeepAlive => Facts.KeepAlive;

    /// <inheritdoc/>
    public WillMessage? Will => Facts.Will;

    /// <inheritdoc/>
    public DateTimeOffset? LastConnectTime => Facts.ConnectedAt;

    /// <inheritdoc/>
    public DateTimeOffset? LastDisconnectTime => _lifetime.DisconnectedAt;

    /// <inheritdoc/>
    public SessionState State { get; private set; }

    /// <inheritdoc/>
    public int InflightIn => Volatile.Read(ref _inflightIn);

    /// <inheritdoc/>
    public int InflightOut => Outbox.Inflight;

    /// <inheritdoc/>
    public int QueuedMessages => Outbox.Queued;

    /// <inheritdoc/>
    public bool SessionPresent { get; private set; }

    /// <inheritdoc/>
    public SessionAttributes Attributes => LazyInitializer.EnsureInitialized(ref _attributes);

    /// <summary>A session for a client that is not there: a plugin made it. On its loop.</summary>
    public static Session Offline(Shard shard, string clientId, string? identity, TimeSpan expiry)
    {
        var facts = new ClientFacts { Peer = new PeerInfo("", Address: null, Port: 0), Version = ProtocolVersion.V311, CleanStart = false };
        var session = new Session(shard, clientId, identity, shard.Broker.Options.Limits, facts) { IsUnclaimed = identity is null, State = SessionState.Disconnected };
        shard.Sessions.Add(session);
        session._lifetime.BeginOffline(expiry);
        shard.Events.SessionChanged(session, SessionChange.Created);
        return session;
    }

    /// <summary>Whether a client of that identity may have it; the first to come takes one that nobody claimed.</summary>
    public bool MayBelongTo(string? identity) => (IsUnclaimed && LastConnectTime is null) || string.Equals(Identity, identity, StringComparison.Ordinal);

    /// <summary>It belongs to this identity from now on. See <see cref="MayBelongTo"/>.</summary>
    /// <param name="identity">The owner.</param>
    /// <param name="hasPlace">Whether its place among the persistent sessions has gone over to the owner.</param>
    public void Claim(string? identity, bool hasPlace)
    {
        Identity = identity;
        if (hasPlace) _lifetime.Claimed();
    }

    /// <summary>Another session has its place among the persistent sessions from now on; false if it had none.</summary>
    public bool HandOverPlace() => _lifetime.HandOverPlace();

    /// <summary>Sends a new subscription the retained messages it wants [MQTT-3.3.1-9].</summary>
    public void ReplayRetained(Subscription subscription, bool isNew)
    {
        bool wanted = subscription.RetainHandling switch
        {
            RetainHandling.SendAtSubscribe => true,
            RetainHandling.SendIfNew => isNew, // [MQTT-3.3.1-10]
            _ => false,
        };
        // Shared subscriptions get none (section 4.8.2).
        RetainedStore retained = Shard.Broker.Retained;
        if (wanted && subscription.ShareName is null && retained.Count > 0) Outbox.Replay(new RetainedReplay(retained.Find(subscription.TopicFilter), subscription));
    }

    /// <summary>What it may do has changed: what was decided before counts no more. Any thread.</summary>
    public void InvalidateVerdicts()
    {
        Interlocked.Increment(ref _authorizationVersion);
        Volatile.Read(ref _verdicts)?.Clear();
    }

    /// <summary>The client has authenticated: what plugins set then takes the place of what they set before.</summary>
    public void Grant(SessionAttributes granted)
    {
        if (_attributes is not null || !granted.IsEmpty) Attributes.Grant(granted);
    }

    /// <summary>The client has authenticated again, with other permissions.</summary>
    public void Grant(IReadOnlyList<TopicPermission>? permissions)
    {
        Volatile.Write(ref _facts, Facts with { Permissions = permissions });
        InvalidateVerdicts();
    }

    /// <summary>The client is connected: the facts, limits and expiry of this connection count from now on.</summary>
    public void Attach(IClientLink link, ClientFacts facts, LimitOptions limits, TimeSpan expiry, Will? will, bool sessionPresent, bool hasPlace)
    {
        Limits = limits;
        SessionPresent = sessionPresent;
        Volatile.Write(ref _facts, facts);
        InvalidateVerdicts();
        Link = link;
        State = SessionState.Connected;
        _lifetime.Connected(expiry, will, hasPlace);
    }

    /// <summary>The connection has ended. The session ends with it or waits for its client; the will is sent, delayed or dropped.</summary>
    public void Detach(bool sendWill, DisconnectCause cause, ReasonCode? reason, string? plugin)
    {
        Link = null;
        State = SessionState.Disconnected;
        Outbox.LinkLost();
        Shard.Events.Disconnected(this, cause, reason, plugin); // before what follows from it: the end of the session, the will
        _lifetime.Disconnected(sendWill);
    }

    /// <summary>Which plugins are asked about clients of its listener. On its loop.</summary>
    public ulong ScopeIn(PluginScopes scopes)
    {
        if (!scopes.HasListeners) return PluginScopes.All;
        if (_scopes == scopes && ReferenceEquals(_scopeListener, Listener)) return _scope;
        (_scopes, _scopeListener) = (scopes, Listener);
        return _scope = scopes.OfListener(Listener);
    }

    /// <summary>The expiry of a DISCONNECT [MQTT-3.14.2-2]. If it cannot be had, says which limit is reached; the session ends when it would have ended.</summary>
    public Refusal? TryChangeExpiry(TimeSpan expiry)
    {
        if (_lifetime.TryChangeExpiry(expiry) is { } full) return full;
        if (IsPersistent) Outbox.DropUnkept();
        return null;
    }

    /// <summary>Ends the session for good.</summary>
    public void End(SessionChange change) => _lifetime.End(change);

    /// <summary>Its will is not to be sent, whatever happens.</summary>
    public void DropWill() => _lifetime.DropWill();

    /// <summary>Drops the session at shutdown: no will, no event (P-A16).</summary>
    public void Abandon() => _lifetime.Abandon();

    /// <summary>Keeps the count of unfinished incoming messages that plugins read.</summary>
    public void CountInflightIn(int change) => Volatile.Write(ref _inflightIn, _inflightIn + change);

    /// <inheritdoc/>
    public override void Deliver(ref Publication publication, in Target target)
    {
        if (target.Others is null)
        {
            DeliverFor(target.First, ref publication);
        }
        else if (Shard.Broker.Options.OverlappingSubscriptions == OverlappingSubscriptions.All)
        {
            DeliverFor(target.First, ref publication);
            foreach (Subscription other in target.Others) DeliverFor(other, ref publication);
        }
        else
        {
            DeliverOnce(target, ref publication);
        }
    }

    /// <inheritdoc/>
    public override void DeliverInstead(ref Publication publication, Subscription member, OtherMembers others) => DeliverFor(member, ref publication, others);

    private void DeliverFor(Subscription subscription, ref Publication publication, OtherMembers? others = null)
    {
        Subscription? shared = subscription.ShareName is null ? null : subscription;
        // It was chosen on another loop, perhaps, and has left or gone since.
        if (shared is not null && (Link is null || !shared.IsActive) && TryPassOn(ref publication, shared, others)) return;
        if (!Wants(subscription, publication.PublisherClientId))
        {
            Unwanted(ref publication);
            return;
        }

        QoS qos = publication.QoS < subscription.QoS ? publication.QoS : subscription.QoS;
        bool retain = subscription.RetainAsPublished && publication.Retain;
        Outbox.Offer(ref publication, qos, retain, default(SubscriptionIdentifiers).With(subscription.Identifier), shared, others);
    }

    /// <summary>Whoever is asked instead of others is asked in its turn, away or not; only one that has left is passed over.</summary>
    private bool TryPassOn(ref Publication publication, Subscription shared, OtherMembers? others) =>
        others is null ? Shard.Router.TryPassOn(ref publication, shared) : !shared.IsActive && Shard.Router.TryOffer(ref publication, others);

    /// <summary>One copy at the highest granted QoS, with the identifiers of all that match [MQTT-3.3.4-2] [MQTT-3.3.4-4].</summary>
    private void DeliverOnce(in Target target, ref Publication publication)
    {
        bool wanted = false;
        bool retain = false;
        var granted = QoS.AtMostOnce;
        SubscriptionIdentifiers identifiers = default;
        for (int i = -1; i < target.Others!.Length; i++)
        {
            Subscription subscription = i < 0 ? target.First : target.Others[i];
            if (!Wants(subscription, publication.PublisherClientId)) continue;
            wanted = true;
            if (subscription.QoS > granted) granted = subscription.QoS;
            retain |= subscription.RetainAsPublished && publication.Retain;
            identifiers = identifiers.With(subscription.Identifier);
        }

        if (wanted) Outbox.Offer(ref publication, publication.QoS < granted ? publication.QoS : granted, retain, identifiers);
        else Unwanted(ref publication);
    }

    /// <summary>It matched, but has been unsubscribed from meanwhile, or is the client's own.</summary>
    private void Unwanted(ref Publication publication)
    {
        BrokerEvents events = Shard.Events;
        if (events.ObservesStages) events.Stage(MessageStage.Dropped, publication.AtRest(), ClientId, DropReason.NotWanted, this);
    }

    /// <summary>Looked at when the message is delivered, not when it was matched: nothing arrives after UNSUBACK [MQTT-3.10.4-2], nor one's own with No Local [MQTT-3.8.3-3].</summary>
    private bool Wants(Subscription subscription, string? publisherClientId) =>
        subscription.IsActive && !(subscription.NoLocal && string.Equals(publisherClientId, ClientId, StringComparison.Ordinal));
}
