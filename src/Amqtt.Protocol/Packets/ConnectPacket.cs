namespace Amqtt.Protocol.Packets;

/// <summary>CONNECT: the first packet of a connection (section 3.1).</summary>
public sealed class ConnectPacket : MqttPacket
{
    /// <inheritdoc/>
    public override PacketType Type => PacketType.Connect;

    /// <summary>The version the client speaks; decides how everything after is encoded.</summary>
    public ProtocolVersion Version { get; init; } = ProtocolVersion.V5;

    /// <summary>
    /// Whether the client calls itself a bridge between brokers: bit 7 of the protocol level (0x83, 0x84), which no standard knows and mosquitto's bridges set. Before 5.0 only, whose
    /// bridges have No Local and Retain As Published for it.
    /// </summary>
    public bool IsBridge { get; init; }

    /// <summary>The client identifier; empty if the server is to choose one.</summary>
    public string ClientId { get; init; } = "";

    /// <summary>Clean Start; in 3.1 and 3.1.1 Clean Session.</summary>
    public bool CleanStart { get; init; }

    /// <summary>Seconds without a packet after which the client counts as gone, times 1.5; 0 = never.</summary>
    public ushort KeepAlive { get; init; }

    /// <summary>The will, if there is one.</summary>
    public WillMessage? Will { get; init; }

    /// <summary>The user name, if there is one.</summary>
    public string? UserName { get; init; }

    /// <summary>The password, if there is one. Any bytes.</summary>
    public ReadOnlyMemory<byte>? Password { get; init; }

    /// <summary>The properties; empty before 5.0.</summary>
    public MqttProperties Properties { get; init; } = MqttProperties.Empty;

    /// <inheritdoc/>
    private protected override void Describe(ref PacketLine line)
    {
        line.Key("version").Append(Version);
        line.Flag("bridge", IsBridge);
        line.Text("client", ClientId);
        line.Flag("clean", CleanStart);
        line.Number("keepalive", KeepAlive);
        line.Text("user", UserName);
        line.Bytes("password", Password);
        line.Properties(Properties);
        if (Will is null) return;

        line.Text("will", Will.Topic);
        line.Number("will-qos", (uint)Will.QoS);
        line.Flag("will-retain", Will.Retain);
        line.Bytes("will-payload", Will.Payload);
        line.Properties(Will.Properties);
    }
}
