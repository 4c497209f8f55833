using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Plugins;

/// <summary>A message that a plugin or the embedding program publishes or retains.</summary>
public sealed record BrokerMessage
{
    /// <summary>The topic name; any, those below <c>$</c> included.</summary>
    public required string Topic { get; init; }

    /// <summary>The payload. Empty clears a retained message.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>The QoS; null goes out at the QoS that each subscriber was granted.</summary>
    public QoS? QoS { get; init; }

    /// <summary>Whether it becomes the topic's retained message as well.</summary>
    public bool Retain { get; init; }

    /// <summary>The properties of a PUBLISH for MQTT 5 receivers. The expiry interval counts from now.</summary>
    public MqttProperties Properties { get; init; } = MqttProperties.Empty;
}

/// <summary>How a <see cref="BrokerMessage"/> is published.</summary>
public sealed record PublishOptions
{
    /// <summary>Only to this client, whatever it subscribes to; queued for it like any message while it is away. Null = to all subscribers.</summary>
    public string? ToClient { get; init; }

    /// <summary>
    /// On behalf of this client, which has a session: topic plugins are asked whether it may publish, events name it, and No Local applies. Null = in the name of
    /// the plugin.
    /// </summary>
    public string? AsClient { get; init; }

    /// <summary>No topic plugin is asked, neither about the publisher nor about the receivers.</summary>
    public bool BypassFilters { get; init; }

    /// <summary>Whose transforms see the message.</summary>
    public PublishTransforms Transforms { get; init; }
}

/// <summary>Which plugins' transforms see a message that a plugin publishes.</summary>
public enum PublishTransforms
{
    /// <summary>Those of the others; the plugin's own do not, so that it cannot answer itself for ever.</summary>
    OfOthers,

    /// <summary>All, the plugin's own included.</summary>
    All,

    /// <summary>None.</summary>
    None,
}

/// <summary>A message that reached <see cref="IBroker.Listen"/>. Immutable, and the plugin's to keep.</summary>
public sealed class HeardMessage
{
    /// <summary>The message.</summary>
    public required ApplicationMessage Message { get; init; }

    /// <summary>The client that published it; null for the broker and plugins.</summary>
    public string? ClientId { get; init; }
}

/// <summary>How a plugin listens.</summary>
public sealed record ListenOptions
{
    /// <summary>Also hear what the plugin itself publishes. Default false.</summary>
    public bool IncludeOwn { get; init; }

    /// <summary>Messages that may wait for the handler before further ones are dropped; at least 1. Default 8192, and never more than 64 MiB.</summary>
    public int Capacity { get; init; } = 8192;
}
