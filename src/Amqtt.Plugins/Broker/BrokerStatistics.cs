namespace Amqtt.Plugins;

/// <summary>What a broker has counted since its start. The numbers are read one after the other while the broker works, so they may be a moment apart.</summary>
public sealed record BrokerStatistics
{
    /// <summary>The broker's version.</summary>
    public required string Version { get; init; }

    /// <summary>When it was started.</summary>
    public required DateTimeOffset StartTime { get; init; }

    /// <summary>MQTT bytes received.</summary>
    public long BytesReceived { get; init; }

    /// <summary>MQTT bytes sent.</summary>
    public long BytesSent { get; init; }

    /// <summary>Packets received, of all types.</summary>
    public long PacketsReceived { get; init; }

    /// <summary>Packets sent, of all types.</summary>
    public long PacketsSent { get; init; }

    /// <summary>PUBLISH packets received.</summary>
    public long PublishReceived { get; init; }

    /// <summary>PUBLISH packets sent.</summary>
    public long PublishSent { get; init; }

    /// <summary>Messages dropped on the way to a receiver, for whatever reason.</summary>
    public long PublishDropped { get; init; }

    /// <summary>PUBLISH packets that were refused.</summary>
    public long PublishRefused { get; init; }

    /// <summary>Messages that expired before they were delivered.</summary>
    public long MessagesExpired { get; init; }

    /// <summary>Clients connected now.</summary>
    public int ClientsConnected { get; init; }

    /// <summary>The highest number of clients connected at once.</summary>
    public int ClientsMaximum { get; init; }

    /// <summary>Connections of accepted clients that have ended.</summary>
    public long ClientsDisconnected { get; init; }

    /// <summary>Clients connected now and connections that have ended.</summary>
    public long ClientsTotal => ClientsConnected + ClientsDisconnected;

    /// <summary>CONNECTs refused.</summary>
    public long ClientsRefused { get; init; }

    /// <summary>Connections cut for what they sent.</summary>
    public long ProtocolErrors { get; init; }

    /// <summary>Sessions, connected or not.</summary>
    public int Sessions { get; init; }

    /// <summary>Subscriptions of all sessions.</summary>
    public int Subscriptions { get; init; }

    /// <summary>Retained messages.</summary>
    public int RetainedMessages { get; init; }

    /// <summary>Bytes of the retained messages, with an allowance for each.</summary>
    public long RetainedBytes { get; init; }

    /// <summary>QoS 2 messages from clients that are not completed.</summary>
    public long InflightIn { get; init; }

    /// <summary>QoS 1 and 2 messages to clients that are not completed.</summary>
    public long InflightOut { get; init; }

    /// <summary>Messages that wait for clients.</summary>
    public long QueuedMessages { get; init; }
}
