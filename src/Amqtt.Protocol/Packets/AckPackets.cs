namespace Amqtt.Protocol.Packets;

/// <summary>What PUBACK, PUBREC, PUBREL and PUBCOMP have in common (sections 3.4 to 3.7).</summary>
public abstract class AckPacket : MqttPacket
{
    private protected AckPacket()
    {
    }

    /// <summary>The identifier of the PUBLISH, 1 or more.</summary>
    public required ushort PacketId { get; init; }

    /// <summary>The outcome. Not on the wire before 5.0.</summary>
    public ReasonCode Reason { get; init; }

    /// <summary>The properties; empty before 5.0.</summary>
    public MqttProperties Properties { get; init; } = MqttProperties.Empty;

    /// <inheritdoc/>
    private protected sealed override void Describe(ref PacketLine line)
    {
        line.Number("id", PacketId);
        line.Reason(Reason);
        line.Properties(Properties);
    }
}

/// <summary>PUBACK: the answer to a QoS 1 PUBLISH (section 3.4).</summary>
public sealed class PubAckPacket : AckPacket
{
    /// <inheritdoc/>
    public override PacketType Type => PacketType.PubAck;
}

/// <summary>PUBREC: the first answer to a QoS 2 PUBLISH (section 3.5).</summary>
public sealed class PubRecPacket : AckPacket
{
    /// <inheritdoc/>
    public override PacketType Type => PacketType.PubRec;
}

/// <summary>PUBREL: the answer to PUBREC (section 3.6).</summary>
public sealed class PubRelPacket : AckPacket
{
    /// <inheritdoc/>
    public override PacketType Type => PacketType.PubRel;
}

/// <summary>PUBCOMP: the answer to PUBREL, the end of a QoS 2 exchange (section 3.7).</summary>
public sealed class PubCompPacket : AckPacket
{
    /// <inheritdoc/>
    public override PacketType Type => PacketType.PubComp;
}
