using Amqtt.Broker.Routing;
using Amqtt.Protocol;

namespace Amqtt.Broker.Sessions;

/// <summary>The retained messages that a new subscription gets: a cursor, so that a hundred thousand of them wait where they are [MQTT-3.3.1-9].</summary>
internal sealed class RetainedReplay(RetainedCursor cursor, Subscription subscription)
{
    /// <summary>Whether there is nothing left, or the subscription has gone.</summary>
    public bool IsFinished => cursor.IsFinished || !subscription.IsActive;

    /// <summary>The next message. False when <see cref="IsFinished"/>, and when <paramref name="nodes"/> of the store have been looked at: then ask again in a later round.</summary>
    public bool TryNext(long now, ref int nodes, out QueuedMessage next)
    {
        while (subscription.IsActive && cursor.TryNext(now, ref nodes, out Message? message))
        {
            if (subscription.NoLocal && string.Equals(message.PublisherClientId, subscription.Subscriber.ClientId, StringComparison.Ordinal)) continue; // [MQTT-3.8.3-3]
            QoS qos = message.QoS < subscription.QoS ? message.QoS : subscription.QoS;
            // Sent because of a subscription: RETAIN is 1, whatever Retain As Published says.
            next = new QueuedMessage(message, qos, Retain: true, default(SubscriptionIdentifiers).With(subscription.Identifier));
            return true;
        }

        next = default;
        return false;
    }
}
