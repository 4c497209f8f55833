namespace Amqtt.Protocol.Packets;

/// <summary>PINGREQ: a client shows that it is alive (section 3.12).</summary>
public sealed class PingReqPacket : MqttPacket
{
    /// <summary>There is nothing to tell one from another.</summary>
    public static PingReqPacket Instance { get; } = new();

    /// <inheritdoc/>
    public override PacketType Type => PacketType.PingReq;

    /// <inheritdoc/>
    private protected override void Describe(ref PacketLine line)
    {
    }
}

/// <summary>PINGRESP: the answer to PINGREQ (section 3.13).</summary>
public sealed class PingRespPacket : MqttPacket
{
    /// <summary>There is nothing to tell one from another.</summary>
    public static PingRespPacket Instance { get; } = new();

    /// <inheritdoc/>
    public override PacketType Type => PacketType.PingResp;

    /// <inheritdoc/>
    private protected override void Describe(ref PacketLine line)
    {
    }
}
