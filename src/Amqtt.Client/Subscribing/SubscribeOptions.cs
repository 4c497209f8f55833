using Amqtt.Protocol;

namespace Amqtt.Client;

/// <summary>What a subscription wants, beyond its filter and QoS.</summary>
public sealed record SubscribeOptions
{
    /// <summary>Do not send back what this client published itself (5.0).</summary>
    public bool NoLocal { get; init; }

    /// <summary>Keep the RETAIN flag of live messages (5.0).</summary>
    public bool RetainAsPublished { get; init; }

    /// <summary>When retained messages are sent (5.0).</summary>
    public RetainHandling RetainHandling { get; init; }

    /// <summary>A number from 1 to 268,435,455 that comes back with each message (5.0); 0 = none.</summary>
    public int SubscriptionIdentifier { get; init; }

    /// <summary>Pairs of name and value that SUBSCRIBE carries (5.0).</summary>
    public IReadOnlyList<Protocol.Packets.UserProperty> UserProperties { get; init; } = [];

    /// <summary>Who acknowledges. Default <see cref="AcknowledgeMode.Automatic"/>.</summary>
    public AcknowledgeMode Acknowledge { get; init; }

    /// <summary>How many messages a handler works on at a time; 1 keeps their order. Default 1.</summary>
    public int Concurrency { get; init; } = 1;
}
