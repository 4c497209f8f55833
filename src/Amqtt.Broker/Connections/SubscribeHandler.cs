using Amqtt.Broker.Routing;
using Amqtt.Broker.Sessions;
using Amqtt.Broker.Transport;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Broker.Connections;

/// <summary>SUBSCRIBE and UNSUBSCRIBE: each filter is checked, asked about and added by itself; one answer for all. On the connection's loop.</summary>
internal sealed class SubscribeHandler(Connection connection)
{
    private Session Session => connection.Session!;

    private BrokerState Broker => connection.Broker;

    /// <summary>SUBSCRIBE: filter, add, SUBACK, events, retained messages, in this order.</summary>
    public async Task SubscribeAsync(SubscribePacket subscribe)
    {
        IReadOnlyList<SubscriptionRequest> requests = subscribe.Subscriptions;
        uint identifier = subscribe.Properties.SubscriptionIdentifiers is [var given, ..] ? given : 0;
        if (identifier != 0 && !connection.Limits.SubscriptionIdsAvailable)
            throw new CodecException(ReasonCode.SubscriptionIdentifiersNotSupported, "SUBSCRIBE has a subscription identifier, which the broker announced not to take");

        ReasonCode?[] refusals = Check(requests);
        var codes = new ReasonCode[requests.Count];
        var added = new List<(Subscription Subscription, bool IsNew, QoS Requested)>(requests.Count);
        for (int i = 0; i < requests.Count; i++)
        {
            SubscriptionRequest request = requests[i];
            ReasonCode? refusal = refusals[i];
            if (refusal is null && !Broker.Topics.IsEmpty)
            {
                Verdict verdict = await AskAsync(request).On(connection.Shard.Loop);
                if (connection.HasEnded) return;
                if (!verdict.IsAllowed) refusal = ReasonOf(verdict);
            }

            if (refusal is null && !Session.Subscriptions.Contains(request.Filter) && Session.Subscriptions.Count >= connection.Limits.MaxSubscriptions)
                refusal = ReasonCode.QuotaExceeded;
            if (refusal is { } code)
            {
                codes[i] = connection.Version == ProtocolVersion.V5 ? code : ReasonCode.UnspecifiedError;
                continue;
            }

            var granted = (QoS)Math.Min((int)request.Options.QoS, connection.Limits.MaxQos); // [MQTT-3.2.2-10]
            codes[i] = (ReasonCode)granted;
            Subscription subscription = Session.Subscriptions.Set(request.Filter, request.Options with { QoS = granted }, identifier, out bool isNew);
            added.Add((subscription, isNew, request.Options.QoS));
        }

        connection.Send(new SubAckPacket { PacketId = subscribe.PacketId, Reasons = codes });
        foreach ((Subscription subscription, bool isNew, QoS requested) in added)
        {
            Broker.Events.Subscribed(Session, subscription.Filter, requested, subscription.QoS);
            Session.ReplayRetained(subscription, isNew);
        }
    }

    /// <summary>UNSUBSCRIBE: answered for known and unknown filters alike [MQTT-3.10.4-4].</summary>
    public void Unsubscribe(UnsubscribePacket unsubscribe)
    {
        IReadOnlyList<string> filters = unsubscribe.Filters;
        var codes = new ReasonCode[filters.Count];
        for (int i = 0; i < filters.Count; i++)
        {
            codes[i] = Session.Subscriptions.Remove(filters[i]) ? ReasonCode.Success
                : TopicFilter.IsValid(filters[i]) ? ReasonCode.NoSubscriptionExisted : ReasonCode.TopicFilterInvalid;
        }

        connection.Send(new UnsubAckPacket { PacketId = unsubscribe.PacketId, Reasons = codes });
        foreach (string filter in filters) Broker.Events.Unsubscribed(Session, filter, UnsubscribeCause.Asked);
    }

    private ValueTask<Verdict> AskAsync(SubscriptionRequest request)
    {
        // $share/g/f is asked about as f, with the group visible.
        return SharedSubscription.TryParse(request.Filter, out SharedSubscription shared)
            ? Broker.Topics.FilterAsync(TopicAction.Subscribe, Session, shared.Filter, request.Options.QoS, retain: false, shared.ShareName)
            : Broker.Topics.FilterAsync(TopicAction.Subscribe, Session, request.Filter, request.Options.QoS, retain: false);
    }

    /// <summary>All filters before the first is granted: a packet that ends the connection has no effect.</summary>
    private ReasonCode?[] Check(IReadOnlyList<SubscriptionRequest> requests)
    {
        var refusals = new ReasonCode?[requests.Count];
        bool tooMany = requests.Count > connection.Limits.MaxFiltersPerSubscribe;
        for (int i = 0; i < refusals.Length; i++) refusals[i] = tooMany ? ReasonCode.QuotaExceeded : Check(requests[i]);
        return refusals;
    }

    /// <summary>Why a filter cannot be granted whatever plugins say; null if it can.</summary>
    private ReasonCode? Check(SubscriptionRequest request)
    {
        ReasonCode? refusal = SubscriptionRules.Refusal(request.Filter, connection.Limits);
        return refusal switch
        {
            ReasonCode.SharedSubscriptionsNotSupported => Unavailable(ReasonCode.SharedSubscriptionsNotSupported, "shared subscription"),
            ReasonCode.WildcardSubscriptionsNotSupported => Unavailable(ReasonCode.WildcardSubscriptionsNotSupported, "wildcard"),
            _ => refusal,
        };
    }

    /// <summary>A plugin may choose any error, SUBACK only some [MQTT-3.9.3-2].</summary>
    private static ReasonCode ReasonOf(Verdict verdict)
    {
        if (verdict.IsFault) return ReasonCode.UnspecifiedError;
        return verdict.Reason is { } reason && reason.IsAllowedIn(PacketType.SubAck) ? reason : ReasonCode.NotAuthorized;
    }

    /// <summary>A v5 client was told in CONNACK; an older one could not be, and only the filter is refused [v4:3.8.3-2].</summary>
    private ReasonCode Unavailable(ReasonCode reason, string what) =>
        connection.Version == ProtocolVersion.V5
            ? throw new CodecException(reason, $"SUBSCRIBE has a {what}, which the broker announced not to take")
            : ReasonCode.UnspecifiedError;
}
