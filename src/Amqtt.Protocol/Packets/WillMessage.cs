namespace Amqtt.Protocol.Packets;

/// <summary>The message a server publishes for a client whose connection ends without a proper DISCONNECT (section 3.1.2.5).</summary>
public sealed class WillMessage
{
    /// <summary>The topic name.</summary>
    public required string Topic { get; init; }

    /// <summary>The payload.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>The QoS to publish at.</summary>
    public QoS QoS { get; init; }

    /// <summary>Whether to publish as a retained message [MQTT-3.1.2-15].</summary>
    public bool Retain { get; init; }

    /// <summary>Properties of the will, Will Delay Interval included; empty before 5.0.</summary>
    public MqttProperties Properties { get; init; } = MqttProperties.Empty;
}
