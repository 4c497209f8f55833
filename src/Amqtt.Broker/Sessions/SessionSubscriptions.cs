using Amqtt.Broker.Routing;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Broker.Sessions;

/// <summary>The subscriptions of one session. On the session's loop.</summary>
internal sealed class SessionSubscriptions(Session session)
{
    private Dictionary<string, Subscription>? _byFilter;

    /// <summary>How many there are.</summary>
    public int Count => _byFilter?.Count ?? 0;

    /// <summary>All of them.</summary>
    public IEnumerable<Subscription> All => _byFilter is null ? [] : _byFilter.Values;

    /// <summary>The highest QoS that was granted to a filter that matches; null if none does.</summary>
    /// <param name="topic">A topic name, UTF-8.</param>
    public QoS? GrantedFor(ReadOnlySpan<byte> topic)
    {
        QoS? granted = null;
        foreach (Subscription subscription in All)
        {
            if (TopicFilter.Matches(subscription.TopicFilter, topic) && (granted is null || subscription.QoS > granted)) granted = subscription.QoS;
        }

        return granted;
    }

    /// <summary>Whether the session has exactly this filter.</summary>
    public bool Contains(string filter) => _byFilter is not null && _byFilter.ContainsKey(filter);

    /// <summary>Adds a subscription, or gives the one with the same filter new options without a gap [MQTT-3.8.4-3].</summary>
    /// <returns>Null, and nothing is added, if the shared group has all the members it may have.</returns>
    public Subscription? Set(string filter, SubscriptionOptions options, uint identifier, out bool isNew)
    {
        _byFilter ??= new Dictionary<string, Subscription>(StringComparer.Ordinal);
        isNew = !_byFilter.TryGetValue(filter, out Subscription? subscription);
        subscription ??= new Subscription(session, filter, SharedSubscription.TryParse(filter, out SharedSubscription shared) ? shared.ShareName : null);
        subscription.QoS = options.QoS;
        subscription.NoLocal = options.NoLocal;
        subscription.RetainAsPublished = options.RetainAsPublished;
        subscription.RetainHandling = options.RetainHandling;
        subscription.Identifier = identifier;
        if (!isNew) return subscription;
        if (!session.Shard.Broker.Subscriptions.Add(subscription)) return null;
        _byFilter.Add(filter, subscription);
        return subscription;
    }

    /// <summary>Removes a subscription; false if there is none with exactly this filter [MQTT-3.10.4-1].</summary>
    public bool Remove(string filter)
    {
        if (_byFilter is null || !_byFilter.Remove(filter, out Subscription? subscription)) return false;
        Deactivate(subscription);
        return true;
    }

    /// <summary>Removes all, because the session ends.</summary>
    public void Clear(bool withEvents)
    {
        if (_byFilter is null) return;
        foreach (Subscription subscription in _byFilter.Values)
        {
            Deactivate(subscription);
            if (withEvents) session.Shard.Events.Unsubscribed(session, subscription.Filter, UnsubscribeCause.SessionEnded);
        }

        _byFilter = null;
    }

    private void Deactivate(Subscription subscription)
    {
        session.Shard.Broker.Subscriptions.Remove(subscription);
    }
}
