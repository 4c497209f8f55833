namespace Amqtt.Protocol.Packets;

/// <summary>DISCONNECT: the last packet of a connection (section 3.14). Before 5.0 only a client sends it, and it is empty.</summary>
public sealed class DisconnectPacket : MqttPacket
{
    /// <inheritdoc/>
    public override PacketType Type => PacketType.Disconnect;

    /// <summary>Why. Not on the wire before 5.0.</summary>
    public ReasonCode Reason { get; init; }

    /// <summary>The properties; empty before 5.0.</summary>
    public MqttProperties Properties { get; init; } = MqttProperties.Empty;

    /// <inheritdoc/>
    private protected override void Describe(ref PacketLine line)
    {
        line.Reason(Reason);
        line.Properties(Properties);
    }
}
