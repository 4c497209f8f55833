namespace Amqtt.Protocol.Packets;

/// <summary>AUTH: a step of enhanced authentication (5.0, section 3.15).</summary>
public sealed class AuthPacket : MqttPacket
{
    /// <inheritdoc/>
    public override PacketType Type => PacketType.Auth;

    /// <summary>Success, continue or re-authenticate.</summary>
    public ReasonCode Reason { get; init; }

    /// <summary>The properties. <see cref="MqttProperties.AuthenticationMethod"/> is required unless the packet has no properties at all.</summary>
    public MqttProperties Properties { get; init; } = MqttProperties.Empty;

    /// <inheritdoc/>
    private protected override void Describe(ref PacketLine line)
    {
        line.Reason(Reason);
        line.Properties(Properties);
    }
}
