namespace Amqtt.Protocol.Packets;

/// <summary>The options of one subscription (section 3.8.3.1). Before 5.0 there is only <see cref="QoS"/>; the default values are what those versions do.</summary>
public readonly record struct SubscriptionOptions
{
    private const int NoLocalBit = 0x04, RetainAsPublishedBit = 0x08, RetainHandlingShift = 4;

    /// <summary>The highest QoS the subscriber wants messages at.</summary>
    public QoS QoS { get; init; }

    /// <summary>Do not send back what this client published itself [MQTT-3.8.3-3].</summary>
    public bool NoLocal { get; init; }

    /// <summary>Forward live messages with the RETAIN flag they came with [MQTT-3.3.1-13].</summary>
    public bool RetainAsPublished { get; init; }

    /// <summary>When to send retained messages.</summary>
    public RetainHandling RetainHandling { get; init; }

    /// <summary>The options byte of SUBSCRIBE.</summary>
    internal byte ToByte(ProtocolVersion version) => version != ProtocolVersion.V5
        ? (byte)QoS
        : (byte)((int)QoS | (NoLocal ? NoLocalBit : 0) | (RetainAsPublished ? RetainAsPublishedBit : 0) | (int)RetainHandling << RetainHandlingShift);

    /// <summary>The options in a valid options byte.</summary>
    internal static SubscriptionOptions FromByte(byte value) => new()
    {
        QoS = (QoS)(value & 0x03),
        NoLocal = (value & NoLocalBit) != 0,
        RetainAsPublished = (value & RetainAsPublishedBit) != 0,
        RetainHandling = (RetainHandling)(value >> RetainHandlingShift & 0x03),
    };
}
