using Amqtt.Broker.Diagnostics;
using Amqtt.Broker.Hooks;
using Amqtt.Broker.Routing;
using Amqtt.Broker.Transport;

namespace Amqtt.Broker.Sessions;

/// <summary>What one loop owns: its sessions, its way into routing, its counters. On its loop only.</summary>
internal sealed class Shard(BrokerState broker, EventLoop loop, int loopCount)
{
    /// <summary>What all loops share.</summary>
    public BrokerState Broker => broker;

    /// <summary>The loop.</summary>
    public EventLoop Loop => loop;

    /// <summary>Hands messages to their receivers.</summary>
    public Router Router { get; } = new(loop, broker.Subscriptions, loopCount);

    /// <summary>The sessions whose client id belongs to this loop.</summary>
    public SessionRegistry Sessions { get; } = new();

    /// <summary>The connections on this loop, accepted by CONNACK or not yet.</summary>
    public HashSet<IClientLink> Links { get; } = [];

    /// <summary>What this loop has counted.</summary>
    public LoopCounters Counters { get; } = new();

    /// <summary>The way of every message past the plugins.</summary>
    public InboundMessages Inbound => field ??= new InboundMessages(this);

    /// <summary>The way of wills past the plugins.</summary>
    public DueWills Wills => field ??= new DueWills(this);

    /// <summary>What plugins work on.</summary>
    public DraftPool Drafts { get; } = new(broker.Clock);

    /// <summary>The last steps of every message's way in, whoever published it.</summary>
    public Publisher Publisher => field ??= new Publisher(this);
}
