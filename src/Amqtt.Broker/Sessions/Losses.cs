using Amqtt.Broker.Routing;
using Amqtt.Plugins;

namespace Amqtt.Broker.Sessions;

/// <summary>Counts, and tells plugins, what does not reach a session's client. On the session's loop.</summary>
internal readonly struct Losses(Session session)
{
    private Shard Shard => session.Shard;

    /// <summary>A message that was kept is dropped.</summary>
    public void Dropped(in QueuedMessage message, DropReason reason)
    {
        Shard.Counters.Dropped[(int)reason]++;
        if (message.Message is not null) Shard.Events.Stage(MessageStage.Dropped, message.Message, session.ClientId, reason, session, message.QoS);
    }

    /// <summary>A message of a shared subscription goes to another of its members: for this one that is its end.</summary>
    public void PassedOn(in QueuedMessage message)
    {
        if (Shard.Events.ObservesStages && message.Message is not null)
            Shard.Events.Stage(MessageStage.Dropped, message.Message, session.ClientId, DropReason.PassedOn, session, message.QoS);
    }

    /// <summary>The same for one that was not kept.</summary>
    public void PassedOn(ref Publication publication)
    {
        if (Shard.Events.ObservesStages) Shard.Events.Stage(MessageStage.Dropped, publication.AtRest(), session.ClientId, DropReason.PassedOn, session);
    }

    /// <summary>A message that need not be kept is dropped.</summary>
    public void Dropped(ref Publication publication, DropReason reason)
    {
        Shard.Counters.Dropped[(int)reason]++;
        if (Shard.Events.ObservesStages) Shard.Events.Stage(MessageStage.Dropped, publication.AtRest(), session.ClientId, reason, session);
    }

    /// <summary>A message expired before its delivery began [MQTT-3.3.2-5].</summary>
    public void Expired(ref Publication publication)
    {
        Shard.Counters.Expired++;
        if (Shard.Events.ObservesStages) Shard.Events.Stage(MessageStage.Expired, publication.AtRest(), session.ClientId, session: session);
    }
}
