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

    /// <summary>Tells plugins what happened.</summary>
    public BrokerEvents Events { get; } = broker.Events;

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

    /// <summary>The generation of plugins that listens on this loop.</summary>
    public int PluginGeneration { get; set; }

    /// <summary>What is given up for want of memory.</summary>
    public MemoryPressure Pressure { get; private set; }

    /// <summary>Gives up what <paramref name="pressure"/> says, or goes on with what was held back.</summary>
    public void Relieve(MemoryPressure pressure)
    {
        bool goOn = pressure < MemoryPressure.HoldRetained && Pressure >= MemoryPressure.HoldRetained;
        Pressure = pressure;
        if (goOn)
        {
            foreach (Session session in Sessions.All) session.Outbox.Pump();
        }

        if (pressure == MemoryPressure.DropQueues) LargestQueues.Drop(Sessions.All);
    }

    /// <summary>The last steps of every message's way in, whoever published it.</summary>
    public Publisher Publisher => field ??= new Publisher(this);
}
