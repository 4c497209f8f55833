namespace Amqtt.Protocol.Packets;

/// <summary>CONNACK: the answer to CONNECT (section 3.2).</summary>
public sealed class ConnAckPacket : MqttPacket
{
    /// <inheritdoc/>
    public override PacketType Type => PacketType.ConnAck;

    /// <summary>Whether the server continues a stored session; false with every refusal [MQTT-3.2.2-6]. 3.1 cannot say it.</summary>
    public bool SessionPresent { get; init; }

    /// <summary>The outcome. In 3.1 and 3.1.1 the nearest return code is on the wire: <see cref="ReasonCodes.ToReturnCode"/>.</summary>
    public ReasonCode Reason { get; init; }

    /// <summary>The properties; empty before 5.0.</summary>
    public MqttProperties Properties { get; init; } = MqttProperties.Empty;

    /// <inheritdoc/>
    private protected override void Describe(ref PacketLine line)
    {
        line.Reason(Reason);
        line.Flag("session-present", SessionPresent);
        line.Properties(Properties);
    }
}
