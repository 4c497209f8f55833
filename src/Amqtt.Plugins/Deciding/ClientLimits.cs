using Amqtt.Protocol;

namespace Amqtt.Plugins;

/// <summary>Bounds for one client that an auth plugin grants in the place of its listener's; null leaves the listener's. An MQTT 5 client is told where the protocol can.</summary>
public sealed record ClientLimits
{
    /// <summary>Largest packet from the client, in bytes.</summary>
    public int? MaxPacketSize { get; init; }

    /// <summary>Unacknowledged QoS 1 and 2 messages from the client.</summary>
    public int? ReceiveMaximum { get; init; }

    /// <summary>Unacknowledged messages towards the client.</summary>
    public int? MaxInflight { get; init; }

    /// <summary>Messages that may wait for it.</summary>
    public int? MaxQueuedMessages { get; init; }

    /// <summary>Bytes that may wait for it.</summary>
    public long? MaxQueuedBytes { get; init; }

    /// <summary>Subscriptions.</summary>
    public int? MaxSubscriptions { get; init; }

    /// <summary>The highest QoS, in both directions.</summary>
    public QoS? MaxQos { get; init; }

    /// <summary>Whether it may retain messages.</summary>
    public bool? RetainAvailable { get; init; }

    /// <summary>PUBLISH packets a second.</summary>
    public int? PublishRate { get; init; }

    /// <summary>PUBLISH bytes a second.</summary>
    public long? PublishRateBytes { get; init; }
}
