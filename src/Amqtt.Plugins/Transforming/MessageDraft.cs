using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Plugins;

/// <summary>A message while transforms work on it: what it was, and what they changed. Reused for message after message.</summary>
/// <remarks>
/// An incoming message lies in a buffer that is only borrowed, and a hook may wait: so its bytes are copied, small ones into the draft's own
/// buffer, without an allocation. What nobody changed is never encoded again.
/// </remarks>
internal sealed class MessageDraft : Draft
{
    /// <summary>Larger messages are better kept once for all than copied into every draft's buffer.</summary>
    public const int LargestCopy = 16 * 1024;

    private byte[] _buffer = [];
    private ITopicText? _topic;
    private ReadOnlyMemory<byte> _properties;
    private ReadOnlyMemory<byte> _payload;
    private MessageFacts _facts;
    private MessageEdits _edits;
    private MessageEdits _kept;
    private MqttProperties? _decoded;

    /// <summary>What was changed.</summary>
    public ref readonly MessageEdits Edits => ref _edits;

    /// <summary>What it is about, besides the message.</summary>
    public ref readonly MessageFacts Facts => ref _facts;

    public string Topic => _edits.Topic ?? _topic?.Topic ?? "";

    public ReadOnlySpan<byte> Payload => (_edits.Payload ?? _payload).Span;

    public QoS QoS => _edits.QoS ?? _facts.QoS;

    public bool Retain => _edits.Retain ?? _facts.Retain;

    protected override string ContextName => _facts.ContextName ?? nameof(PublishContext);

    /// <summary>Begins with a message whose bytes stay where they are.</summary>
    public void Begin(in MessageFacts facts, ITopicText topic, ReadOnlyMemory<byte> properties, ReadOnlyMemory<byte> payload)
    {
        _facts = facts;
        _topic = topic;
        _properties = properties;
        _payload = payload;
        _edits = default;
        _decoded = null;
        Reset();
    }

    /// <summary>Begins with a message whose bytes are borrowed, and copies them.</summary>
    public void Begin(in MessageFacts facts, ITopicText topic, ReadOnlySpan<byte> properties, ReadOnlySpan<byte> payload)
    {
        var size = properties.Length + payload.Length;
        if (_buffer.Length < size) _buffer = new byte[Math.Max(size, 256)];
        properties.CopyTo(_buffer);
        payload.CopyTo(_buffer.AsSpan(properties.Length));
        Begin(facts, topic, _buffer.AsMemory(0, properties.Length), _buffer.AsMemory(properties.Length, payload.Length));
    }

    /// <summary>The properties for a context. Decoded when somebody asks first.</summary>
    public MqttProperties GetProperties(int generation)
    {
        if (Read(_edits.Properties ?? _decoded, generation) is { } known) return known;
        MqttProperties decoded;
        try
        {
            decoded = ForwardedProperties.Decode(_properties.Span, _facts.MessageExpiryInterval);
        }
        catch (CodecException)
        {
            // Only bytes that are being overwritten by the next message cannot be decoded.
            throw Late(ContextName);
        }

        BeginWrite(generation);
        _decoded = decoded;
        EndWrite();
        return decoded;
    }

    public void SetTopic(int generation, string topic)
    {
        BeginWrite(generation);
        _edits.Topic = topic;
        EndWrite();
    }

    public void SetPayload(int generation, byte[] payload)
    {
        BeginWrite(generation);
        _edits.Payload = payload;
        EndWrite();
    }

    public void SetQoS(int generation, QoS qos)
    {
        BeginWrite(generation);
        _edits.QoS = qos;
        EndWrite();
    }

    public void SetRetain(int generation, bool retain)
    {
        BeginWrite(generation);
        _edits.Retain = retain;
        EndWrite();
    }

    public void SetProperties(int generation, MessageProperties properties)
    {
        var changed = properties.ToMqtt();
        BeginWrite(generation);
        _edits.Properties = changed;
        EndWrite();
    }

    /// <summary>Holds on to nothing of the message that is done.</summary>
    public void Clear()
    {
        _facts = default;
        _topic = null;
        _properties = _payload = default;
        _edits = _kept = default;
        _decoded = null;
    }

    protected override void Checkpoint() => _kept = _edits;

    protected override void RollBack() => _edits = _kept;

    protected override Draft Successor()
    {
        var successor = new MessageDraft { _buffer = [] };
        // The bytes stay with the abandoned draft, which nobody uses again: they can be shared.
        successor.Begin(_facts, _topic!, _properties, _payload);
        successor._edits = _kept;
        return successor;
    }
}

/// <summary>What a transform cannot change about a message.</summary>
/// <param name="ContextName">The context's name, for the exception about its late use.</param>
/// <param name="Session">Whose message it is: the publisher's, or the receiver's for a delivery.</param>
/// <param name="Publisher">The client that published it; null for the broker and plugins.</param>
/// <param name="Origin">How it came to be.</param>
/// <param name="QoS">Its QoS, which bounds that of a delivery.</param>
/// <param name="Retain">Its RETAIN flag.</param>
/// <param name="MessageExpiryInterval">Seconds it has left; null = it does not expire.</param>
internal readonly record struct MessageFacts(
    string ContextName, ISession? Session, string? Publisher, MessageOrigin Origin, QoS QoS, bool Retain, uint? MessageExpiryInterval);

/// <summary>What transforms changed about a message; null = as it was.</summary>
internal struct MessageEdits
{
    public string? Topic;
    public ReadOnlyMemory<byte>? Payload;
    public MqttProperties? Properties;
    public QoS? QoS;
    public bool? Retain;

    public readonly bool Any => Topic is not null || Payload is not null || Properties is not null || QoS is not null || Retain is not null;
}

/// <summary>Something that knows its topic as text, and makes the text when somebody asks first.</summary>
internal interface ITopicText
{
    string Topic { get; }
}
