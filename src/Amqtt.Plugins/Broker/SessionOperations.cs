using Amqtt.Protocol;

namespace Amqtt.Plugins;

/// <summary>What a session that <see cref="IBroker.CreateSessionAsync"/> creates is like.</summary>
public sealed record NewSessionOptions
{
    /// <summary>Who it belongs to (the user name, unless an auth plugin sets another identity). Null: whoever first connects with the client identifier.</summary>
    public string? Identity { get; init; }

    /// <summary>How long it lives without a connection; null = the broker's <c>session_expiry_interval</c>, <see cref="Timeout.InfiniteTimeSpan"/> = for ever.</summary>
    public TimeSpan? Expiry { get; init; }
}

/// <summary>How <see cref="IBroker.DisconnectAsync"/> ends a connection.</summary>
public sealed record DisconnectOptions
{
    /// <summary>The reason code for an MQTT 5 client. Default <see cref="ReasonCode.AdministrativeAction"/>.</summary>
    public ReasonCode Reason { get; init; } = ReasonCode.AdministrativeAction;

    /// <summary>A sentence for an MQTT 5 client, or null.</summary>
    public string? Text { get; init; }

    /// <summary>
    /// Where an MQTT 5 client is sent (section 4.11), with <see cref="ReasonCode.UseAnotherServer"/> or <see cref="ReasonCode.ServerMoved"/> as the reason: other servers, separated
    /// by spaces, each as <c>host</c>, <c>host:port</c> or <c>[address]:port</c>. Default null.
    /// </summary>
    public string? ServerReference { get; init; }

    /// <summary>Whether the client's will is published. Default false.</summary>
    public bool SendWill { get; init; }
}

/// <summary>One subscription, as it was when it was read.</summary>
public sealed record SubscriptionFacts
{
    /// <summary>The client identifier.</summary>
    public required string ClientId { get; init; }

    /// <summary>The topic filter, with <c>$share/group/</c> if it is shared.</summary>
    public required string TopicFilter { get; init; }

    /// <summary>The group of a shared subscription, or null.</summary>
    public string? ShareName { get; init; }

    /// <summary>The granted QoS.</summary>
    public QoS QoS { get; init; }

    /// <summary>The client does not want its own messages.</summary>
    public bool NoLocal { get; init; }

    /// <summary>Live messages keep the RETAIN flag they were published with.</summary>
    public bool RetainAsPublished { get; init; }

    /// <summary>When retained messages are sent.</summary>
    public RetainHandling RetainHandling { get; init; }

    /// <summary>The subscription identifier; 0 = none.</summary>
    public uint Identifier { get; init; }
}

/// <summary>What a session holds, as it was when it was read.</summary>
public sealed record SessionContents
{
    /// <summary>Its subscriptions.</summary>
    public required IReadOnlyList<SubscriptionFacts> Subscriptions { get; init; }

    /// <summary>Messages to the client that it has not acknowledged to the end, oldest first.</summary>
    public required IReadOnlyList<InflightMessage> InflightOut { get; init; }

    /// <summary>Packet identifiers of QoS 2 messages from the client that await PUBREL.</summary>
    public required IReadOnlyList<ushort> InflightIn { get; init; }

    /// <summary>Messages that wait for the client, oldest first, with the QoS they will be sent with.</summary>
    public required IReadOnlyList<ApplicationMessage> Queued { get; init; }
}

/// <summary>A message on its way to a client.</summary>
public sealed record InflightMessage
{
    /// <summary>Its packet identifier.</summary>
    public required ushort PacketId { get; init; }

    /// <summary>The QoS it was sent with.</summary>
    public required QoS QoS { get; init; }

    /// <summary>The packet of the client that it waits for: PUBACK, PUBREC or PUBCOMP.</summary>
    public required PacketType AwaitedPacket { get; init; }

    /// <summary>The message; null in a session that ends with its connection, which does not keep it.</summary>
    public ApplicationMessage? Message { get; init; }
}
