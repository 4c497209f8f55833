using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Client.Subscribing;

/// <summary>
/// What the client is subscribed to, and who gets which message. Readers see an immutable array; a change makes a new one. Safe on any thread.
/// </summary>
internal sealed class SubscriptionTable
{
    private readonly Lock _gate = new();

    // What the broker was asked for, for subscribing again.
    private readonly Dictionary<string, (SubscriptionOptions Options, int Identifier)> _asked = new(StringComparer.Ordinal);
    private volatile MqttSubscription[] _subscriptions = [];
    private volatile int _version;

    /// <summary>Changes with the subscriptions: what was matched before counts no longer.</summary>
    public int Version => _version;

    public void Asked(string filter, SubscriptionOptions options, int identifier)
    {
        lock (_gate) _asked[filter] = (options, identifier);
    }

    public void Unasked(string filter)
    {
        lock (_gate) _asked.Remove(filter);
    }

    public void Add(MqttSubscription subscription)
    {
        lock (_gate)
        {
            _subscriptions = [.. _subscriptions, subscription];
            _version++;
        }
    }

    /// <returns>True if no other subscription has the same filter.</returns>
    public bool Remove(MqttSubscription subscription)
    {
        lock (_gate)
        {
            _subscriptions = [.. _subscriptions.Where(other => other != subscription)];
            _version++;
            return !_subscriptions.Any(other => other.Filter == subscription.Filter);
        }
    }

    /// <summary>The subscriptions to a filter.</summary>
    public IReadOnlyList<MqttSubscription> Of(string filter) => [.. _subscriptions.Where(subscription => subscription.Filter == filter)];

    /// <summary>Everything the broker was asked for, by subscription identifier.</summary>
    public IReadOnlyList<(int Identifier, SubscriptionRequest[] Requests)> ToResubscribe()
    {
        lock (_gate)
        {
            return [.. _asked.GroupBy(pair => pair.Value.Identifier).SelectMany(group => group.Chunk(50).Select(chunk =>
                (group.Key, chunk.Select(pair => new SubscriptionRequest(pair.Key, pair.Value.Options)).ToArray())))];
        }
    }

    /// <summary>Who gets messages of a topic.</summary>
    public MqttSubscription[] Match(string topic)
    {
        List<MqttSubscription>? found = null;
        foreach (var subscription in _subscriptions)
        {
            if (TopicFilter.Matches(subscription.MatchFilter, topic))
                (found ??= []).Add(subscription);
        }

        return found is null ? [] : [.. found];
    }

    /// <summary>Ends all of them.</summary>
    public void Clear(Exception? error)
    {
        MqttSubscription[] ended;
        lock (_gate)
        {
            ended = _subscriptions;
            _subscriptions = [];
            _asked.Clear();
            _version++;
        }

        foreach (var subscription in ended)
            subscription.Inlet.Complete(error);
    }
}
