namespace Amqtt.Protocol;

/// <summary>Quality of service of a message or a subscription.</summary>
public enum QoS : byte
{
    /// <summary>QoS 0: delivered at most once, not acknowledged.</summary>
    AtMostOnce = 0,

    /// <summary>QoS 1: delivered at least once, acknowledged by PUBACK.</summary>
    AtLeastOnce = 1,

    /// <summary>QoS 2: delivered exactly once, PUBREC, PUBREL, PUBCOMP.</summary>
    ExactlyOnce = 2,
}
