using System.Text;
using Amqtt.Broker.Routing;
using Amqtt.Broker.Sessions;
using Amqtt.Plugins;
using Amqtt.Protocol;

namespace Amqtt.Broker.Operations;

/// <summary>
/// The running broker as one plugin's, or the embedding program's, own. What only looks is answered at once, from structures that are read without locks;
/// what changes something is done on the loop that owns it, and its caller goes on on the thread pool. Any thread.
/// </summary>
internal sealed partial class BrokerOperations(BrokerState broker, Caller caller) : IBroker
{
    /// <inheritdoc/>
    public BrokerStatistics Statistics => StatisticsReader.Read(broker);

    /// <inheritdoc/>
    public IEnumerable<ISession> Sessions => broker.Shards.SelectMany(static shard => shard.Sessions.All);

    /// <inheritdoc/>
    public ISession? FindSession(string clientId)
    {
        ArgumentNullException.ThrowIfNull(clientId);
        return broker.ShardOf(clientId).Sessions.TryFind(clientId, out Session? session) ? session : null;
    }

    /// <inheritdoc/>
    public ApplicationMessage? FindRetained(string topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        return broker.Retained.Find(Encoding.UTF8.GetBytes(topic), broker.Clock.Now) is { } message ? broker.Events.Facts(message) : null;
    }

    /// <inheritdoc/>
    public IEnumerable<ApplicationMessage> RetainedMessages(string? topicFilter = null)
    {
        if (topicFilter is not null) RequireFilter(topicFilter);
        return Enumerate(topicFilter is null ? broker.Retained.All() : broker.Retained.Find(Encoding.UTF8.GetBytes(topicFilter)));
    }

    /// <inheritdoc/>
    public IEnumerable<SubscriptionFacts> Subscriptions(string? topicFilter = null)
    {
        IEnumerable<Subscription> found;
        if (topicFilter is null)
        {
            found = SubscriptionCursor.All(broker.Subscriptions);
        }
        else
        {
            string plain = SharedSubscription.TryParse(topicFilter, out SharedSubscription shared) ? shared.Filter : topicFilter;
            found = plain.Length == 0 ? [] : SubscriptionCursor.At(broker.Subscriptions.Find(Encoding.UTF8.GetBytes(plain)))
                .Where(subscription => string.Equals(subscription.Filter, topicFilter, StringComparison.Ordinal));
        }

        return found.Where(static subscription => !subscription.Subscriber.IsInternal).Select(Facts);
    }

    private static SubscriptionFacts Facts(Subscription subscription) => new()
    {
        ClientId = subscription.Subscriber.ClientId,
        TopicFilter = subscription.Filter,
        ShareName = subscription.ShareName,
        QoS = subscription.QoS,
        NoLocal = subscription.NoLocal,
        RetainAsPublished = subscription.RetainAsPublished,
        RetainHandling = subscription.RetainHandling,
        Identifier = subscription.Identifier,
    };

    private IEnumerable<ApplicationMessage> Enumerate(RetainedCursor cursor)
    {
        while (!cursor.IsFinished)
        {
            if (cursor.TryNext(broker.Clock.Now, out Message? message)) yield return broker.Events.Facts(message);
        }
    }

    private static void RequireFilter(string topicFilter)
    {
        ArgumentNullException.ThrowIfNull(topicFilter);
        if (!TopicFilter.IsValid(topicFilter)) throw new ArgumentException($"'{LogText.Escape(topicFilter)}' is not a topic filter such as factory/+/state or factory/#.", nameof(topicFilter));
    }

    private static void RequireClientId(string clientId) => ArgumentException.ThrowIfNullOrEmpty(clientId);
}
