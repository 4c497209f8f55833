using Amqtt.Broker.Diagnostics;
using Amqtt.Broker.Routing;
using Amqtt.Broker.Sessions;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Broker.Operations;

/// <content>Sessions and their subscriptions.</content>
internal sealed partial class BrokerOperations
{
    private static readonly NewSessionOptions AsUsual = new();
    private static readonly DisconnectOptions ByAdministrator = new();

    /// <inheritdoc/>
    public async ValueTask<ISession> CreateSessionAsync(string clientId, NewSessionOptions? options = null, CancellationToken cancel = default)
    {
        RequireClientId(clientId);
        (Session? session, Refusal? full) = await Cancellable(FindOrCreateAsync(clientId, options ?? AsUsual), cancel);
        return session ?? throw new InvalidOperationException(full is { } limit ? $"The broker keeps no more sessions (limits.{Refusals.Labels[(int)limit]})." : "The broker has stopped.");
    }

    /// <inheritdoc/>
    public ValueTask<SessionContents?> InspectSessionAsync(string clientId, CancellationToken cancel = default) =>
        Cancellable(OnSessionAsync<SessionContents?>(clientId, Contents, missing: null, whenStopped: null), cancel);

    /// <inheritdoc/>
    public ValueTask<bool> DeleteSessionAsync(string clientId, bool sendWill = false, CancellationToken cancel = default) =>
        Cancellable(OnSessionAsync(clientId, session => Delete(session, sendWill), missing: false, whenStopped: false), cancel);

    /// <inheritdoc/>
    public ValueTask<bool> DisconnectAsync(string clientId, DisconnectOptions? options = null, CancellationToken cancel = default)
    {
        options ??= ByAdministrator;
        if (!options.Reason.IsAllowedIn(PacketType.Disconnect, PacketSender.Server))
            throw new ArgumentException($"A broker's DISCONNECT cannot carry {options.Reason} (0x{(byte)options.Reason:X2}).", nameof(options));
        if (options.ServerReference is { } elsewhere) RequireReference(elsewhere, options);
        return Cancellable(OnSessionAsync(clientId, session => Disconnect(session, options), missing: false, whenStopped: false), cancel);
    }

    /// <inheritdoc/>
    public ValueTask<ReasonCode> SubscribeAsync(string clientId, string topicFilter, SubscriptionOptions options, CancellationToken cancel = default)
    {
        RequireClientId(clientId);
        ArgumentNullException.ThrowIfNull(topicFilter);
        return Cancellable(SubscribeCoreAsync(clientId, topicFilter, options), cancel);
    }

    /// <inheritdoc/>
    public ValueTask<bool> UnsubscribeAsync(string clientId, string topicFilter, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(topicFilter);
        return Cancellable(OnSessionAsync(clientId, session => Unsubscribe(session, topicFilter), missing: false, whenStopped: false), cancel);
    }

    /// <inheritdoc/>
    public ValueTask<int> InvalidateAuthorizationAsync(string? clientId = null, CancellationToken cancel = default)
    {
        var review = new AuthorizationReview(broker);
        if (clientId is null) return Cancellable(review.AllAsync(), cancel);
        return FindSession(clientId) is Session session ? Cancellable(review.OneAsync(session), cancel) : new ValueTask<int>(0);
    }

    private Task<T> OnSessionAsync<T>(string clientId, Func<Session, T> work, T missing, T whenStopped)
    {
        RequireClientId(clientId);
        Shard shard = broker.ShardOf(clientId);
        return shard.Loop.RunAsync(() => shard.Sessions.TryFind(clientId, out Session? session) ? work(session) : missing, whenStopped);
    }

    /// <summary>No session if there is no room for it, and then which limit is reached, or if the broker has stopped.</summary>
    private Task<(Session? Session, Refusal? Full)> FindOrCreateAsync(string clientId, NewSessionOptions options)
    {
        Shard shard = broker.ShardOf(clientId);
        return shard.Loop.RunAsync<(Session?, Refusal?)>(
            () =>
            {
                if (shard.Sessions.TryFind(clientId, out Session? known)) return (known, null);
                if (broker.IsShuttingDown) return (null, null);
                if (broker.SessionQuota.TryTake(options.Identity) is { } full) return (null, full);
                TimeSpan expiry = options.Expiry ?? broker.Options.SessionExpiryInterval;
                return (Session.Offline(shard, clientId, options.Identity, expiry), null);
            },
            whenStopped: (null, null));
    }

    private async Task<ReasonCode> SubscribeCoreAsync(string clientId, string filter, SubscriptionOptions options)
    {
        (Session? found, Refusal? full) = await FindOrCreateAsync(clientId, AsUsual);
        if (found is not { } session) return full is null ? ReasonCode.ServerShuttingDown : ReasonCode.QuotaExceeded;
        if (SubscriptionRules.Refusal(filter, session.Limits) is { } refusal) return refusal;
        HookTable hooks = broker.Hooks;
        if (!hooks.Topics.IsEmpty)
        {
            bool isShared = SharedSubscription.TryParse(filter, out SharedSubscription shared);
            string plain = isShared ? shared.Filter : filter;
            ulong scope = hooks.Scopes.OfFilter(plain) & hooks.Scopes.OfListener(session.Listener);
            Verdict verdict = await hooks.Topics.FilterAsync(TopicAction.Subscribe, session, plain, options.QoS, retain: false, isShared ? shared.ShareName : null, scope);
            if (!verdict.IsAllowed) return verdict.IsFault ? ReasonCode.UnspecifiedError : verdict.Reason ?? ReasonCode.NotAuthorized;
        }

        return await session.Shard.Loop.RunAsync(() => Subscribe(session, filter, options), ReasonCode.ServerShuttingDown);
    }

    private ReasonCode Subscribe(Session session, string filter, SubscriptionOptions options)
    {
        if (session.HasEnded) return ReasonCode.UnspecifiedError;
        if (!session.Subscriptions.Contains(filter) && session.Subscriptions.Count >= session.Limits.MaxSubscriptions) return ReasonCode.QuotaExceeded;
        var granted = (QoS)Math.Min((int)options.QoS, session.Limits.MaxQos);
        if (session.Subscriptions.Set(filter, options with { QoS = granted }, identifier: 0, out bool isNew) is not { } subscription) return ReasonCode.QuotaExceeded;
        broker.Events.Subscribed(session, filter, options.QoS, granted);
        session.ReplayRetained(subscription, isNew);
        return (ReasonCode)granted;
    }

    private bool Unsubscribe(Session session, string filter)
    {
        if (!session.Subscriptions.Remove(filter)) return false;
        broker.Events.Unsubscribed(session, filter, UnsubscribeCause.Administrative);
        return true;
    }

    private bool Disconnect(Session session, DisconnectOptions options)
    {
        if (session.Link is not { } link) return false;
        link.Close(options.Reason, options.Text, DisconnectCause.Administrative, options.SendWill, options.ServerReference, caller.By);
        return true;
    }

    private static void RequireReference(string elsewhere, DisconnectOptions options)
    {
        if (options.Reason is not (ReasonCode.UseAnotherServer or ReasonCode.ServerMoved))
            throw new ArgumentException($"A server reference comes with {nameof(ReasonCode.UseAnotherServer)} or {nameof(ReasonCode.ServerMoved)}, not with {options.Reason}.", nameof(options));
        if (string.IsNullOrWhiteSpace(elsewhere) || !MqttString.IsValid(elsewhere))
            throw new ArgumentException("The server reference is empty, has characters that MQTT does not carry, or is too long.", nameof(options));
    }

    private bool Delete(Session session, bool sendWill)
    {
        session.Link?.Close(ReasonCode.AdministrativeAction, text: null, DisconnectCause.Administrative, sendWill, by: caller.By);
        if (!sendWill) session.DropWill();
        if (!session.HasEnded) session.End(SessionChange.Deleted);
        return true;
    }

    private SessionContents? Contents(Session session)
    {
        (IEnumerable<QueuedMessage> queued, IEnumerable<InflightSlot> inflight) = session.Outbox.Contents();
        return new SessionContents
        {
            Subscriptions = [.. session.Subscriptions.All.Select(Facts)],
            InflightIn = session.Unreleased.All(),
            InflightOut = [.. inflight.Select(InFlight)],
            Queued = [.. queued.Select(waiting => broker.Events.Facts(waiting.Message!, waiting.QoS))],
        };
    }

    private InflightMessage InFlight(InflightSlot slot) => new()
    {
        PacketId = slot.PacketId,
        QoS = slot.Delivery.QoS,
        AwaitedPacket = slot.State switch
        {
            InflightState.PubAck => PacketType.PubAck,
            InflightState.PubRec => PacketType.PubRec,
            _ => PacketType.PubComp,
        },
        Message = slot.Delivery.Message is { } message ? broker.Events.Facts(message, slot.Delivery.QoS) : null,
    };
}
