using Amqtt.Broker.Diagnostics;
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

    /// <summary>SUBSCRIBE: transform, validate, filter, add, SUBACK, events, retained messages, in this order.</summary>
    public async Task SubscribeAsync(SubscribePacket subscribe)
    {
        uint identifier = subscribe.Properties.SubscriptionIdentifiers is [var given, ..] ? given : 0;
        if (identifier != 0 && !connection.Limits.SubscriptionIdsAvailable)
            throw new CodecException(ReasonCode.SubscriptionIdentifiersNotSupported, "SUBSCRIBE has a subscription identifier, which the broker announced not to take");

        var requests = new FilterEdits[subscribe.Subscriptions.Count];
        for (int i = 0; i < requests.Length; i++) requests[i] = new FilterEdits(Whole(subscribe.Subscriptions[i].Filter), OptionsOf(subscribe.Subscriptions[i]));
        HookTable hooks = Broker.Hooks;
        if (!hooks.OnSubscribe.IsEmpty)
        {
            SubscribeDraft draft = await hooks.OnSubscribe.RunAsync(new SubscribeDraft(Session, subscribe.Properties, requests), ScopeOf(requests)).On(connection.Shard.Loop);
            if (connection.HasEnded) return;
            if (draft.Outcome != DraftOutcome.Pass)
            {
                Stop(draft, PacketType.SubAck, subscribe.PacketId);
                return;
            }

            requests = [.. draft.Filters];
        }

        ReasonCode?[] refusals = Check(requests);
        string? text = TextOf(requests);
        var codes = new ReasonCode[requests.Length];
        var added = new List<(Subscription Subscription, bool IsNew, QoS Requested)>(requests.Length);
        for (int i = 0; i < requests.Length; i++)
        {
            FilterEdits request = requests[i];
            ReasonCode? refusal = refusals[i];
            if (refusal is null && !Broker.Topics.IsEmpty)
            {
                Verdict verdict = await AskAsync(request).On(connection.Shard.Loop);
                if (connection.HasEnded) return;
                if (!verdict.IsAllowed)
                {
                    refusal = Deny(request, verdict);
                    text ??= verdict.Text;
                }
            }

            if (refusal is null && !Session.Subscriptions.Contains(request.Filter) && Session.Subscriptions.Count >= connection.Limits.MaxSubscriptions)
                refusal = Beyond(Refusal.MaxSubscriptions);
            if (refusal is null)
            {
                var granted = (QoS)Math.Min((int)request.Options.QoS, connection.Limits.MaxQos); // [MQTT-3.2.2-10]
                codes[i] = (ReasonCode)granted;
                if (Session.Subscriptions.Set(request.Filter, request.Options with { QoS = granted }, identifier, out bool isNew) is { } subscription)
                    added.Add((subscription, isNew, request.Options.QoS));
                else
                    refusal = Beyond(Refusal.MaxSharedGroupMembers);
            }

            if (refusal is { } code) codes[i] = connection.Version == ProtocolVersion.V5 ? code : ReasonCode.UnspecifiedError;
        }

        AnswerSubscribe(subscribe.PacketId, codes, text);
        foreach ((Subscription subscription, bool isNew, QoS requested) in added)
        {
            Broker.Events.Subscribed(Session, subscription.Filter, requested, subscription.QoS);
            Session.ReplayRetained(subscription, isNew);
        }
    }

    /// <summary>UNSUBSCRIBE: answered for known and unknown filters alike [MQTT-3.10.4-4].</summary>
    public async Task UnsubscribeAsync(UnsubscribePacket unsubscribe)
    {
        var requests = new FilterEdits[unsubscribe.Filters.Count];
        for (int i = 0; i < requests.Length; i++) requests[i] = new FilterEdits(Whole(unsubscribe.Filters[i]));
        HookTable hooks = Broker.Hooks;
        if (!hooks.OnUnsubscribe.IsEmpty)
        {
            UnsubscribeDraft draft = await hooks.OnUnsubscribe.RunAsync(new UnsubscribeDraft(Session, requests), ScopeOf(requests)).On(connection.Shard.Loop);
            if (connection.HasEnded) return;
            if (draft.Outcome != DraftOutcome.Pass)
            {
                Stop(draft, PacketType.UnsubAck, unsubscribe.PacketId);
                return;
            }

            requests = [.. draft.Filters];
        }

        var codes = new ReasonCode[requests.Length];
        for (int i = 0; i < requests.Length; i++)
        {
            codes[i] = requests[i].Refusal?.Reason
                ?? (Session.Subscriptions.Remove(requests[i].Filter) ? ReasonCode.Success
                : TopicFilter.IsValid(requests[i].Filter) ? ReasonCode.NoSubscriptionExisted : ReasonCode.TopicFilterInvalid);
        }

        AnswerUnsubscribe(unsubscribe.PacketId, codes, TextOf(requests));
        foreach (FilterEdits request in requests)
        {
            if (request.Refusal is { } refused) Broker.Security.UnsubscribeDenied(Session.ClientId, connection.Channel.Peer, DeniedBy.ThePlugin(refused.Plugin), request.Filter, refused.Text);
            else Broker.Events.Unsubscribed(Session, request.Filter, UnsubscribeCause.Asked);
        }
    }

    /// <summary>A plugin ended the packet's way: one code for all filters, or the end of the connection.</summary>
    private void Stop(Draft draft, PacketType answer, ushort packetId)
    {
        bool isV5 = connection.Version == ProtocolVersion.V5;
        if (draft.Outcome == DraftOutcome.Disconnect)
        {
            connection.Fail(draft.Reason, draft.Text, DisconnectCause.Administrative, by: DeniedBy.ThePlugin(draft.Plugin));
        }
        else if (answer == PacketType.SubAck)
        {
            IReadOnlyList<FilterEdits> filters = ((SubscribeDraft)draft).Filters;
            foreach (FilterEdits request in filters) Deny(request, draft);
            var codes = new ReasonCode[filters.Count];
            Array.Fill(codes, draft.Outcome == DraftOutcome.Fault || (!isV5 && draft.Reason.IsError()) ? ReasonCode.UnspecifiedError : draft.Reason);
            AnswerSubscribe(packetId, codes, draft.Text);
        }
        else if (draft.Outcome == DraftOutcome.Fault && !isV5)
        {
            // 3.1.1 cannot say that nothing was removed: without an answer it will try again.
            connection.Fail(ReasonCode.ImplementationSpecificError, text: null, DisconnectCause.PluginFault, by: DeniedBy.ThePlugin(draft.Plugin));
        }
        else
        {
            IReadOnlyList<FilterEdits> filters = ((UnsubscribeDraft)draft).Filters;
            if (draft.Outcome == DraftOutcome.Refuse)
            {
                foreach (FilterEdits request in filters) Broker.Security.UnsubscribeDenied(Session.ClientId, connection.Channel.Peer, DeniedBy.ThePlugin(draft.Plugin), request.Filter, draft.Text);
            }

            var codes = new ReasonCode[filters.Count];
            Array.Fill(codes, draft.Outcome == DraftOutcome.Fault ? ReasonCode.UnspecifiedError : draft.Reason);
            AnswerUnsubscribe(packetId, codes, draft.Text);
        }
    }

    /// <summary>SUBACK, with words if there are any and the client takes them.</summary>
    private void AnswerSubscribe(ushort packetId, ReasonCode[] codes, string? text)
    {
        bool isExplained = text is not null && connection.WantsReasons && connection.TrySend(new SubAckPacket { PacketId = packetId, Reasons = codes, Properties = ReasonText.With(text) });
        if (!isExplained) connection.Send(new SubAckPacket { PacketId = packetId, Reasons = codes });
    }

    /// <summary>UNSUBACK, likewise.</summary>
    private void AnswerUnsubscribe(ushort packetId, ReasonCode[] codes, string? text)
    {
        bool isExplained = text is not null && connection.WantsReasons && connection.TrySend(new UnsubAckPacket { PacketId = packetId, Reasons = codes, Properties = ReasonText.With(text) });
        if (!isExplained) connection.Send(new UnsubAckPacket { PacketId = packetId, Reasons = codes });
    }

    /// <summary>Who is asked about a packet with these filters: whoever is asked about one of them.</summary>
    private ulong ScopeOf(FilterEdits[] requests)
    {
        PluginScopes scopes = Broker.Hooks.Scopes;
        if (!scopes.HasTopics) return Session.ScopeIn(scopes);
        ulong scope = 0;
        foreach (FilterEdits request in requests) scope |= scopes.OfFilter(Plain(request.Filter));
        return scope & Session.ScopeIn(scopes);
    }

    /// <summary>The filter as the broker knows it.</summary>
    private string Whole(string filter) => connection.Prefix?.Add(filter) ?? filter;

    /// <summary>A bridge before MQTT 5 cannot ask for what keeps its messages from coming back and RETAIN as it was, and has said that it wants both.</summary>
    private SubscriptionOptions OptionsOf(SubscriptionRequest request) =>
        connection.IsBridge ? request.Options with { NoLocal = !SharedSubscription.IsShared(request.Filter), RetainAsPublished = true } : request.Options;

    private static string Plain(string filter) => SharedSubscription.TryParse(filter, out SharedSubscription shared) ? shared.Filter : filter;

    private ValueTask<Verdict> AskAsync(FilterEdits request)
    {
        // $share/g/f is asked about as f, with the group visible.
        string? shareName = SharedSubscription.TryParse(request.Filter, out SharedSubscription shared) ? shared.ShareName : null;
        PluginScopes scopes = Broker.Hooks.Scopes;
        string filter = shareName is null ? request.Filter : shared.Filter;
        ulong scope = (scopes.HasTopics ? scopes.OfFilter(filter) : PluginScopes.All) & Session.ScopeIn(scopes);
        return Broker.Topics.FilterAsync(TopicAction.Subscribe, Session, filter, request.Options.QoS, retain: false, shareName, scope);
    }

    /// <summary>All filters before the first is granted: a packet that ends the connection has no effect.</summary>
    private ReasonCode?[] Check(FilterEdits[] requests)
    {
        var refusals = new ReasonCode?[requests.Length];
        bool tooMany = requests.Length > connection.Limits.MaxFiltersPerSubscribe;
        for (int i = 0; i < refusals.Length; i++) refusals[i] = Refused(requests[i]) ?? (tooMany ? Beyond(Refusal.MaxFiltersPerSubscribe) : Check(requests[i].Filter));
        return refusals;
    }

    /// <summary>Why a filter cannot be granted whatever plugins say; null if it can.</summary>
    private ReasonCode? Check(string requested)
    {
        ReasonCode? refusal = SubscriptionRules.Refusal(requested, connection.Limits);
        return refusal switch
        {
            null => null,
            ReasonCode.SharedSubscriptionsNotSupported => Unavailable(ReasonCode.SharedSubscriptionsNotSupported, "shared subscription", Refusal.SharedAvailable),
            ReasonCode.WildcardSubscriptionsNotSupported => Unavailable(ReasonCode.WildcardSubscriptionsNotSupported, "wildcard", Refusal.WildcardAvailable),
            _ => Counted(SubscriptionRules.IsTooLong(requested, connection.Limits) ? Refusal.MaxTopicLength : Refusal.InvalidFilter, refusal.Value),
        };
    }

    private ReasonCode Beyond(Refusal limit) => Counted(limit, ReasonCode.QuotaExceeded);

    private ReasonCode Counted(Refusal why, ReasonCode reason)
    {
        connection.Refusals.Count(why);
        return reason;
    }

    /// <summary>What a transform answers this filter with instead of letting it be granted; null if none does.</summary>
    private ReasonCode? Refused(FilterEdits request) => request.Refusal is { } refused ? Deny(request, DeniedBy.ThePlugin(refused.Plugin), refused.Reason, refused.Text) : null;

    private static string? TextOf(FilterEdits[] requests) => Array.Find(requests, static request => request.Refusal is { Text: not null })?.Refusal!.Text;

    private void Deny(FilterEdits request, Draft draft)
    {
        if (draft.Outcome == DraftOutcome.Fault) connection.Refusals.Count(Refusal.PluginFault);
        else if (draft.Outcome == DraftOutcome.Refuse) Deny(request, DeniedBy.ThePlugin(draft.Plugin), draft.Reason, draft.Text);
    }

    private ReasonCode Deny(FilterEdits request, Verdict verdict) =>
        verdict.IsFault ? Counted(Refusal.PluginFault, ReasonOf(verdict)) : Deny(request, verdict.By, ReasonOf(verdict), verdict.Text);

    private ReasonCode Deny(FilterEdits request, DeniedBy by, ReasonCode reason, string? text)
    {
        Broker.Security.Denied(Session.ClientId, connection.Channel.Peer, by, TopicAction.Subscribe, request.Filter, text);
        return Counted(Refusal.SubscribeDenied, reason);
    }

    /// <summary>A plugin may choose any error, SUBACK only some [MQTT-3.9.3-2].</summary>
    private static ReasonCode ReasonOf(Verdict verdict)
    {
        if (verdict.IsFault) return ReasonCode.UnspecifiedError;
        return verdict.Reason is { } reason && reason.IsAllowedIn(PacketType.SubAck) ? reason : ReasonCode.NotAuthorized;
    }

    /// <summary>A v5 client was told in CONNACK; an older one could not be, and only the filter is refused [v4:3.8.3-2].</summary>
    private ReasonCode Unavailable(ReasonCode reason, string what, Refusal why) =>
        connection.Version == ProtocolVersion.V5
            ? throw new CodecException(reason, $"SUBSCRIBE has a {what}, which the broker announced not to take")
            : Counted(why, ReasonCode.UnspecifiedError);
}
