namespace Amqtt.Protocol.Packets;

/// <summary>SUBACK: the answer to SUBSCRIBE (section 3.9).</summary>
public sealed class SubAckPacket : MqttPacket
{
    /// <inheritdoc/>
    public override PacketType Type => PacketType.SubAck;

    /// <summary>The identifier of the SUBSCRIBE.</summary>
    public required ushort PacketId { get; init; }

    /// <summary>One outcome per filter, in the order of the filters [MQTT-3.8.4-6, MQTT-3.9.3-1]. Before 5.0 every failure is 0x80 on the wire.</summary>
    public required IReadOnlyList<ReasonCode> Reasons { get; init; }

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
