namespace Amqtt.Protocol.Packets;

/// <summary>UNSUBACK: the answer to UNSUBSCRIBE (section 3.11).</summary>
public sealed class UnsubAckPacket : MqttPacket
{
    /// <inheritdoc/>
    public override PacketType Type => PacketType.UnsubAck;

    /// <summary>The identifier of the UNSUBSCRIBE.</summary>
    public required ushort PacketId { get; init; }

    /// <summary>One outcome per filter, in the order of the filters [MQTT-3.11.3-1]. Not on the wire, and so empty, before 5.0.</summary>
    public IReadOnlyList<ReasonCode> Reasons { get; init; } = [];

    /// <summary>The properties; empty before 5.0.</summary>
    public MqttProperties Properties { get; init; } = MqttProperties.Empty;

    /// <inheritdoc/>
    private protected override void Describe(ref PacketLine line)
    {
        line.Number("id", PacketId);
        line.Reasons(Reasons);
        line.Properties(Properties);
    }
}
