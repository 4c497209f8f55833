namespace Amqtt.Broker.Diagnostics;

/// <summary>What one loop has counted. Written by the loop alone, without locks; whoever reads adds the loops up and may be a moment behind.</summary>
internal sealed class LoopCounters
{
    /// <summary>Packets received.</summary>
    public long PacketsReceived;

    /// <summary>Packets sent.</summary>
    public long PacketsSent;

    /// <summary>PUBLISH packets received.</summary>
    public long PublishReceived;

    /// <summary>PUBLISH packets sent.</summary>
    public long PublishSent;

    /// <summary>Connections accepted with CONNACK 0.</summary>
    public long Connected;

    /// <summary>Connections that ended after CONNACK 0.</summary>
    public long Disconnected;

    /// <summary>CONNECTs refused.</summary>
    public long Refused;

    /// <summary>Connections cut for what they sent.</summary>
    public long ProtocolErrors;

    /// <summary>Messages dropped on the way to a receiver, by <see cref="Amqtt.Plugins.DropReason"/>.</summary>
    public readonly long[] Dropped = new long[Enum.GetValues<Plugins.DropReason>().Length];

    /// <summary>Messages that expired before they were delivered.</summary>
    public long Expired;

    /// <summary>Publishes that were refused.</summary>
    public long PublishDenied;
}
