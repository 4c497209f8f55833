using Amqtt.Protocol;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Broker.Routing;

/// <summary>
/// An application message on its way: spans over wherever it arrived, and valid only while that is. A receiver that has to keep it asks for
/// <see cref="AtRest"/>, which copies once for all of them.
/// </summary>
internal ref struct Publication
{
    private Message? _atRest;
    private PluginScopes? _scopes;
    private ulong _scope;

    /// <summary>A message that lies in a buffer.</summary>
    public Publication(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> properties, ReadOnlySpan<byte> payload, QoS qos, bool retain, long expiresAt, string? publisherClientId, PluginOrigin? origin = null)
    {
        Topic = topic;
        Properties = properties;
        Payload = payload;
        QoS = qos;
        Retain = retain;
        ExpiresAt = expiresAt;
        PublisherClientId = publisherClientId;
        Origin = origin;
    }

    /// <summary>A message that has been kept already.</summary>
    public Publication(Message message)
        : this(message.Topic, message.Properties, message.Payload, message.QoS, message.Retain, message.ExpiresAt, message.PublisherClientId, message.Origin)
    {
        _atRest = message;
    }

    /// <summary>The topic, UTF-8.</summary>
    public ReadOnlySpan<byte> Topic { get; }

    /// <summary>The encoded properties that are passed on unchanged, without their length.</summary>
    public ReadOnlySpan<byte> Properties { get; }

    /// <summary>The application's bytes.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>The QoS it was published with.</summary>
    public QoS QoS { get; }

    /// <summary>The RETAIN flag it was published with.</summary>
    public bool Retain { get; }

    /// <summary>When it expires, in milliseconds of the broker's clock; <see cref="long.MaxValue"/> = never.</summary>
    public long ExpiresAt { get; }

    /// <summary>The client that published it; null when the broker or a plugin did.</summary>
    public string? PublisherClientId { get; }

    /// <summary>How a plugin published it; null for what clients publish.</summary>
    public PluginOrigin? Origin { get; }

    /// <summary>The message if it has been kept already.</summary>
    public readonly Message? Kept => _atRest;

    /// <summary>The message for keeping, one for all receivers.</summary>
    public Message AtRest() => _atRest ??= new Message(Topic, Properties, Payload, QoS, Retain, ExpiresAt, PublisherClientId, Origin);

    /// <summary>Which plugins are asked about its topic; worked out once for all receivers on this loop.</summary>
    public ulong ScopeIn(PluginScopes scopes)
    {
        if (!scopes.HasTopics) return PluginScopes.All;
        if (_scopes == scopes) return _scope;
        _scopes = scopes;
        return _scope = scopes.OfTopic(Topic);
    }
}
