using System.Text;
using Amqtt.Plugins;
using Amqtt.Protocol;

namespace Amqtt.Broker.Routing;

/// <summary>
/// An application message at rest: queued, retained or in flight. Immutable and shared by all its receivers, on any loop.
/// Topic, properties and payload lie one after the other in one array, as they do on the wire.
/// </summary>
internal sealed class Message : ITopicText
{
    private readonly int _propertiesStart;
    private readonly int _payloadStart;

    /// <param name="topic">The topic, UTF-8.</param>
    /// <param name="properties">The properties that are passed on unchanged, encoded, without their length; often empty.</param>
    /// <param name="payload">The application's bytes.</param>
    /// <param name="qos">The QoS it was published with.</param>
    /// <param name="retain">The RETAIN flag it was published with.</param>
    /// <param name="expiresAt">When it expires, in milliseconds of the broker's clock; <see cref="long.MaxValue"/> = never.</param>
    /// <param name="publisherClientId">The client that published it; null when the broker or a plugin did.</param>
    /// <param name="origin">How a plugin published it; null for what clients publish.</param>
    public Message(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> properties, ReadOnlySpan<byte> payload, QoS qos, bool retain,
        long expiresAt = long.MaxValue, string? publisherClientId = null, PluginOrigin? origin = null)
        : this(topic, properties.Length, payload, qos, retain, expiresAt, publisherClientId, origin) =>
        properties.CopyTo(Buffer.AsSpan(_propertiesStart));

    /// <summary>Keeps what is passed on of a client's properties.</summary>
    /// <inheritdoc cref="Message(ReadOnlySpan{byte}, ReadOnlySpan{byte}, ReadOnlySpan{byte}, QoS, bool, long, string?, PluginOrigin?)"/>
    public Message(ReadOnlySpan<byte> topic, in PublishProperties properties, ReadOnlySpan<byte> payload, QoS qos, bool retain,
        long expiresAt = long.MaxValue, string? publisherClientId = null, PluginOrigin? origin = null)
        : this(topic, properties.ForwardLength, payload, qos, retain, expiresAt, publisherClientId, origin) =>
        properties.CopyForwardTo(Buffer.AsSpan(_propertiesStart));

    private Message(ReadOnlySpan<byte> topic, int propertiesLength, ReadOnlySpan<byte> payload, QoS qos, bool retain,
        long expiresAt, string? publisherClientId, PluginOrigin? origin)
    {
        _propertiesStart = topic.Length;
        _payloadStart = topic.Length + propertiesLength;
        Buffer = GC.AllocateUninitializedArray<byte>(_payloadStart + payload.Length);
        topic.CopyTo(Buffer);
        payload.CopyTo(Buffer.AsSpan(_payloadStart));
        QoS = qos;
        Retain = retain;
        ExpiresAt = expiresAt;
        PublisherClientId = publisherClientId;
        Origin = origin;
    }

    /// <summary>Topic, properties and payload. Nobody writes to it.</summary>
    public byte[] Buffer { get; }

    /// <summary>The topic, UTF-8.</summary>
    public ReadOnlySpan<byte> Topic => Buffer.AsSpan(0, _propertiesStart);

    /// <summary>The encoded properties that are passed on unchanged (no topic alias, subscription identifier or expiry), without their length.</summary>
    public ReadOnlySpan<byte> Properties => Buffer.AsSpan(_propertiesStart, _payloadStart - _propertiesStart);

    /// <summary>The application's bytes.</summary>
    public ReadOnlySpan<byte> Payload => Buffer.AsSpan(_payloadStart);

    /// <summary>Where the properties begin in <see cref="Buffer"/>.</summary>
    public int PropertiesStart => _propertiesStart;

    /// <summary>Where the payload begins in <see cref="Buffer"/>; it ends there.</summary>
    public int PayloadStart => _payloadStart;

    /// <summary>The application's bytes, for keeping.</summary>
    public ReadOnlyMemory<byte> PayloadMemory => Buffer.AsMemory(_payloadStart);

    string ITopicText.Topic => TopicText;

    /// <summary>The topic as text, decoded when somebody asks first.</summary>
    public string TopicText => field ??= Encoding.UTF8.GetString(Topic);

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

    /// <summary>The message as everyone else gets it; itself unless <see cref="ChangedFrom"/>.</summary>
    public Message AsPublished => ChangedFrom ?? this;

    /// <summary>What plugins have made this from for one receiver; null where they have not.</summary>
    public Message? ChangedFrom { get; init; }

    /// <summary>Bytes of topic, properties and payload: what it counts against limits.</summary>
    public int Size => Buffer.Length;

    /// <summary>Whether it has expired at <paramref name="now"/>, in milliseconds of the broker's clock.</summary>
    public bool IsExpired(long now) => ExpiresAt <= now;

    /// <inheritdoc/>
    public override string ToString() => $"{TopicText}, {QoS}, {Payload.Length} bytes";
}
