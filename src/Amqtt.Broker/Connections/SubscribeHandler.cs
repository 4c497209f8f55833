using System.Text;
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

        var codes = new ReasonCode[requests.Count];
        var added = new List<(Subscription Subscription, bool IsNew, QoS Requested)>(requests.Count);
        for (int i = 0; i < requests.Count; i++)
        {
            SubscriptionRequest request = requests[i];
            ReasonCode? refusal = requests.Count > connection.Limits.MaxFiltersPerSubscribe ? ReasonCode.QuotaExceeded : Check(request);
            if (refusal is null && !Broker.Topics.IsEmpty)
            {
                Verdict verdict = await AskAsync(request).On(connection.Shard.Loop);
                if (connection.HasEnded) return;
                if (!verdict.IsAllowed) refusal = verdict.IsFault ? ReasonCode.UnspecifiedError : verdict.Reason ?? ReasonCode.NotAuthorized;
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
            SendRetained(subscription, isNew);
        }
    }

    /// <summary>UNSUBSCRIBE: answered for known and unknown filters alike [MQTT-3.10.4-4].</summary>
    public void Unsubscribe(UnsubscribePacket unsubscribe)
    {
        IReadOnlyList<string> filters = unsubscribe.Filters;
        var codes = new ReasonCode[filters.Count];
        for (int i = 0; i < filters.Count; i++)
            codes[i] = Session.Subscriptions.Remove(filters[i]) ? ReasonCode.Success : ReasonCode.NoSubscriptionExisted;
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

    /// <summary>Why a filter cannot be granted whatever plugins say; null if it can.</summary>
    private ReasonCode? Check(SubscriptionRequest request)
    {
        string filter = request.Filter;
        if (SharedSubscription.IsShared(filter))
        {
            if (!SharedSubscription.TryParse(filter, out SharedSubscription shared)) return ReasonCode.TopicFilterInvalid;
            if (!connection.Limits.SharedAvailable)
                throw new CodecException(ReasonCode.SharedSubscriptionsNotSupported, "SUBSCRIBE has a shared subscription, which the broker announced not to take");
            filter = shared.Filter;
        }

        if (!TopicFilter.IsValid(filter)) return ReasonCode.TopicFilterInvalid;
        if (!connection.Limits.WildcardAvailable && filter.AsSpan().ContainsAny('+', '#'))
            throw new CodecException(ReasonCode.WildcardSubscriptionsNotSupported, "SUBSCRIBE has a wildcard, which the broker announced not to take");
        bool tooLong = Encoding.UTF8.GetByteCount(request.Filter) > connection.Limits.MaxTopicLength;
        bool tooDeep = filter.AsSpan().Count('/') >= connection.Limits.MaxTopicLevels;
        return tooLong || tooDeep ? ReasonCode.TopicFilterInvalid : null;
    }

    private void SendRetained(Subscription subscription, bool isNew)
    {
        bool wanted = subscription.RetainHandling switch
        {
            RetainHandling.SendAtSubscribe => true,
            RetainHandling.SendIfNew => isNew, // [MQTT-3.3.1-10]
            _ => false,
        };
        // Shared subscriptions get none (section 4.8.2).
        if (wanted && subscription.ShareName is null && Broker.Retained.Count > 0)
            Session.Outbox.Replay(new RetainedReplay(Broker.Retained.Find(subscription.TopicFilter), subscription));
    }
}
