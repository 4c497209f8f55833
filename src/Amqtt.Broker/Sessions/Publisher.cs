using Amqtt.Broker.Hooks;
using Amqtt.Broker.Routing;
using Amqtt.Plugins;
using Amqtt.Protocol;

namespace Amqtt.Broker.Sessions;

/// <summary>
/// The last steps of a message's way in, the same for a client's PUBLISH and for a will: it has been allowed; broadcast event, retained store, routing.
/// On its loop.
/// </summary>
internal sealed class Publisher(Shard shard)
{
    /// <summary>
    /// Stores and routes <paramref name="publication"/>: <see cref="ReasonCode.QuotaExceeded"/> if it should have been retained and the store has no room (it was delivered all the same),
    /// <see cref="ReasonCode.NoMatchingSubscribers"/> if nobody receives it.
    /// </summary>
    /// <param name="publication">The message.</param>
    /// <param name="match">Who receives its topic.</param>
    /// <param name="session">The client that published it, or whose will it is; null for a plugin's.</param>
    public ReasonCode Publish(ref Publication publication, Match match, ISession? session = null)
    {
        bool stored = Store(ref publication, ref match, session);
        return ReasonOf(stored, Route(ref publication, match, session));
    }

    /// <summary>The first half of <see cref="Publish"/>: broadcast event and retained store. False if there is no room for it there.</summary>
    /// <param name="publication">The message.</param>
    /// <param name="match">Who receives its topic; who does so now, afterwards.</param>
    /// <param name="session">As for <see cref="Publish"/>.</param>
    public bool Store(ref Publication publication, ref Match match, ISession? session)
    {
        BrokerEvents events = shard.Broker.Events;
        if (events.ObservesBroadcast) events.Broadcast(publication.AtRest(), session);
        if (!publication.Retain) return true;
        bool stored = Retain(ref publication);
        // Who subscribed on another loop after the match was made may have looked for retained messages before this one was there:
        // it is in the match now. Who subscribes from here on finds the message retained.
        if (!shard.Router.IsCurrent(match)) match = shard.Router.Find(publication.Topic);
        return stored;
    }

    /// <summary>The second half. Returns the number of receivers.</summary>
    public int Route(ref Publication publication, Match match, ISession? session)
    {
        int receivers = shard.Router.Route(ref publication, match);
        BrokerEvents events = shard.Broker.Events;
        if (receivers == 0 && events.ObservesStages) events.Stage(MessageStage.NoSubscriber, publication.AtRest(), receiver: null, session: session);
        return receivers;
    }

    /// <summary>What <see cref="Publish"/> returns when its halves have returned this.</summary>
    public static ReasonCode ReasonOf(bool stored, int receivers) =>
        !stored ? ReasonCode.QuotaExceeded : receivers == 0 ? ReasonCode.NoMatchingSubscribers : ReasonCode.Success;

    /// <summary>Sets, replaces or clears the retained message of a topic without publishing anything. False if there is no room.</summary>
    public bool Retain(Message message)
    {
        var publication = new Publication(message);
        return Retain(ref publication);
    }

    /// <summary>Sets, replaces or clears the topic's retained message [MQTT-3.3.1-5] [MQTT-3.3.1-6].</summary>
    private bool Retain(ref Publication publication)
    {
        BrokerState broker = shard.Broker;
        bool stored = true;
        if (publication.Payload.IsEmpty) broker.Retained.Remove(publication.Topic);
        else stored = broker.Retained.Set(publication.AtRest(), shard.Loop.Now);
        if (stored && broker.Events.ObservesRetained) broker.Events.Retained(publication.AtRest(), queuedFor: null, publication.QoS);
        return stored;
    }
}
