namespace Amqtt.Protocol.Packets;

/// <summary>PUBLISH: an application message (section 3.3).</summary>
public sealed class PublishPacket : MqttPacket
{
    /// <inheritdoc/>
    public override PacketType Type => PacketType.Publish;

    /// <summary>The topic name; empty only in 5.0, when <see cref="MqttProperties.TopicAlias"/> stands for it.</summary>
    public required string Topic { get; init; }

    /// <summary>The payload.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>The quality of service.</summary>
    public QoS QoS { get; init; }

    /// <summary>Whether to store the message; from a server: whether it was stored.</summary>
    public bool Retain { get; init; }

    /// <summary>Whether this is a second or later attempt.</summary>
    public bool Dup { get; init; }

    /// <summary>The packet identifier, 1 or more; 0 for QoS 0, which has none [MQTT-2.2.1-2].</summary>
    public ushort PacketId { get; init; }

    /// <summary>The properties; empty before 5.0.</summary>
    public MqttProperties Properties { get; init; } = MqttProperties.Empty;

    /// <inheritdoc/>
    private protected override void Describe(ref PacketLine line)
    {
        line.Text("topic", Topic);
        line.Number("qos", (uint)QoS);
        line.Flag("retain", Retain);
        line.Flag("dup", Dup);
        line.Number("id", QoS == QoS.AtMostOnce ? null : PacketId);
        line.Bytes("payload", Payload);
        line.Properties(Properties);
    }
}
