using Amqtt.Broker.Routing;
using Amqtt.Broker.Sessions;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Broker.Operations;

/// <summary>Asks anew about subscriptions that are there already, and removes those that are denied now.</summary>
internal sealed class AuthorizationReview(BrokerState broker)
{
    private const int SessionsAtOnce = 64;

    /// <summary>Reviews all sessions. Returns how many subscriptions were removed.</summary>
    public async Task<int> AllAsync()
    {
        broker.InvalidateVerdicts();
        int removed = 0;
        var bounds = new ParallelOptions { MaxDegreeOfParallelism = SessionsAtOnce };
        await Parallel.ForEachAsync(
            broker.Shards.SelectMany(static shard => shard.Sessions.All),
            bounds,
            async (session, _) => Interlocked.Add(ref removed, await ReviewAsync(session)));
        return removed;
    }

    /// <summary>Reviews one session. Returns how many subscriptions were removed.</summary>
    public async Task<int> OneAsync(Session session)
    {
        session.InvalidateVerdicts();
        return await ReviewAsync(session);
    }

    private async Task<int> ReviewAsync(Session session)
    {
        int removed = 0;
        Subscription[] subscriptions = await session.Shard.Loop.RunAsync<Subscription[]>(() => [.. session.Subscriptions.All], whenStopped: []);
        foreach (Subscription subscription in subscriptions)
        {
            if (broker.Topics.IsEmpty) break;
            string filter = SharedSubscription.TryParse(subscription.Filter, out SharedSubscription shared) ? shared.Filter : subscription.Filter;
            (ulong scope, QoS qos) = await session.Shard.Loop.RunAsync(() => (ScopeOf(session, filter), subscription.QoS), whenStopped: (PluginScopes.All, QoS.AtMostOnce));
            Verdict verdict = await broker.Topics.FilterAsync(TopicAction.Subscribe, session, filter, qos, retain: false, subscription.ShareName, scope);
            if (!verdict.IsAllowed && await session.Shard.Loop.RunAsync(() => Revoke(session, subscription), whenStopped: false)) removed++;
        }

        return removed;
    }

    private ulong ScopeOf(Session session, string filter)
    {
        PluginScopes scopes = broker.Hooks.Scopes;
        return (scopes.HasTopics ? scopes.OfFilter(filter) : PluginScopes.All) & session.ScopeIn(scopes);
    }

    /// <summary>Unless it has gone, or been made anew, meanwhile.</summary>
    private bool Revoke(Session session, Subscription subscription)
    {
        if (!subscription.IsActive || !session.Subscriptions.Remove(subscription.Filter)) return false;
        broker.Events.Unsubscribed(session, subscription.Filter, UnsubscribeCause.Revoked);
        return true;
    }
}
