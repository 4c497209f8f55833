namespace Amqtt.Protocol.Packets;

/// <summary>UNSUBSCRIBE: a client ends one or more subscriptions (section 3.10).</summary>
public sealed class UnsubscribePacket : MqttPacket
{
    /// <inheritdoc/>
    public override PacketType Type => PacketType.Unsubscribe;

    /// <summary>The packet identifier, 1 or more.</summary>
    public required ushort PacketId { get; init; }

    /// <summary>The filters, in order; at least one [MQTT-3.10.3-2]. Not empty and valid text, but not necessarily valid filters.</summary>
    public required IReadOnlyList<string> Filters { get; init; }

    /// <summary>The properties; empty before 5.0.</summary>
    public MqttProperties Properties { get; init; } = MqttProperties.Empty;

    /// <inheritdoc/>
    private protected override void Describe(ref PacketLine line)
    {
        line.Number("id", PacketId);
        foreach (var filter in Filters) line.Text("filter", filter);
        line.Properties(Properties);
    }
}
