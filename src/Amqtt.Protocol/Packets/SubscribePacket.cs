namespace Amqtt.Protocol.Packets;

/// <summary>SUBSCRIBE: a client asks for one or more subscriptions (section 3.8).</summary>
public sealed class SubscribePacket : MqttPacket
{
    /// <inheritdoc/>
    public override PacketType Type => PacketType.Subscribe;

    /// <summary>The packet identifier, 1 or more.</summary>
    public required ushort PacketId { get; init; }

    /// <summary>The subscriptions asked for, in order; at least one [MQTT-3.8.3-2].</summary>
    public required IReadOnlyList<SubscriptionRequest> Subscriptions { get; init; }

    /// <summary>The properties; empty before 5.0.</summary>
    public MqttProperties Properties { get; init; } = MqttProperties.Empty;

    /// <inheritdoc/>
    private protected override void Describe(ref PacketLine line)
    {
        line.Number("id", PacketId);
        foreach (var (filter, options) in Subscriptions)
        {
            line.Text("filter", filter);
            line.Number("qos", (uint)options.QoS);
            line.Flag("no-local", options.NoLocal);
            line.Flag("retain-as-published", options.RetainAsPublished);
            if (options.RetainHandling != RetainHandling.SendAtSubscribe) line.Number("retain-handling", (uint)options.RetainHandling);
        }

        line.Properties(Properties);
    }
}
