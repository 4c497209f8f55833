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
    private byte[] _bytes = []; // where properties and payload lie: the own buffer, or the message's, which nobody writes to
    private Range32 _properties;
    private Range32 _payload;
    private ITopicText? _topic;
    private MessageFacts _facts;
    private MessageEdits _edits;
    private MessageEdits _kept;
    private MqttProperties? _decoded;
    private bool _isDirty;

    /// <summary>What was changed.</summary>
    public ref readonly MessageEdits Edits => ref _edits;

    /// <summary>What it is about, besides the message.</summary>
    public ref readonly MessageFacts Facts => ref _facts;

    public string Topic => _edits.Topic ?? _topic?.Topic ?? "";

    public ReadOnlySpan<byte> Payload => _edits.Payload is { } changed ? changed : _payload.Of(_bytes);

    public QoS QoS => _edits.QoS ?? _facts.QoS;

    public bool Retain => _edits.Retain ?? _facts.Retain;

    protected override string ContextName => _facts.Kind switch
    {
        MessageHook.Deliver => nameof(DeliverContext),
        MessageHook.Will => nameof(WillContext),
        _ => nameof(PublishContext),
    };

    /// <summary>Begins with a message whose bytes stay where they are: properties, and payload behind them up to the end.</summary>
    public void Begin(in MessageFacts facts, ITopicText topic, byte[] bytes, int propertiesStart, int payloadStart)
    {
        _bytes = bytes;
        Set(facts, topic, new(propertiesStart, payloadStart - propertiesStart), new(payloadStart, bytes.Length - payloadStart));
    }

    /// <summary>Begins with a message whose bytes are borrowed, and copies them.</summary>
    public void Begin(in MessageFacts facts, ITopicText topic, ReadOnlySpan<byte> properties, ReadOnlySpan<byte> payload)
    {
        var size = properties.Length + payload.Length;
        if (_buffer.Length < size) _buffer = new byte[Math.Max(size, 256)];
        if (_bytes != _buffer) _bytes = _buffer;
        if (!properties.IsEmpty) properties.CopyTo(_buffer);
        payload.CopyTo(_buffer.AsSpan(properties.Length));
        Set(facts, topic, new(0, properties.Length), new(properties.Length, payload.Length));
    }

    /// <summary>The properties for a context. Decoded when somebody asks first.</summary>
    public MqttProperties GetProperties(int generation)
    {
        if (Read(_edits.Properties ?? _decoded, generation) is { } known) return known;
        MqttProperties decoded;
        try
        {
            decoded = ForwardedProperties.Decode(_properties.Of(_bytes), _facts.MessageExpiryInterval);
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
        _isDirty = true;
        EndWrite();
    }

    public void SetPayload(int generation, byte[] payload)
    {
        BeginWrite(generation);
        _edits.Payload = payload;
        _isDirty = true;
        EndWrite();
    }

    public void SetQoS(int generation, QoS qos)
    {
        BeginWrite(generation);
        _edits.QoS = qos;
        _isDirty = true;
        EndWrite();
    }

    public void SetRetain(int generation, bool retain)
    {
        BeginWrite(generation);
        _edits.Retain = retain;
        _isDirty = true;
        EndWrite();
    }

    public void SetProperties(int generation, MessageProperties properties)
    {
        var changed = properties.ToMqtt();
        BeginWrite(generation);
        _edits.Properties = changed;
        _isDirty = true;
        EndWrite();
    }

    /// <summary>Nobody works on it any more: holds on to nothing large.</summary>
    public void Clear()
    {
        if (_bytes != _buffer) _bytes = _buffer;
        if (_isDirty) Clean();
        _decoded = null;
    }

    protected override void Checkpoint()
    {
        if (_isDirty) _kept = _edits;
    }

    protected override void RollBack()
    {
        if (_isDirty) _edits = _kept;
    }

    protected override Draft Successor()
    {
        // The bytes stay with the abandoned draft, which nobody uses again: they can be shared.
        var successor = new MessageDraft { _bytes = _bytes };
        successor.Set(_facts, _topic!, _properties, _payload);
        successor._edits = successor._kept = _kept;
        successor._isDirty = _kept.Any;
        return successor;
    }

    private void Set(in MessageFacts facts, ITopicText topic, Range32 properties, Range32 payload)
    {
        // A reference that is there already is not written again: a publisher's messages mostly have the same.
        if (_facts.Session != facts.Session || _facts.Publisher != facts.Publisher) _facts = facts;
        else _facts.Take(facts);
        if (_topic != topic) _topic = topic;
        _properties = properties;
        _payload = payload;
        if (_isDirty) Clean();
        if (_decoded is not null) _decoded = null;
        if (Outcome != DraftOutcome.Pass) Reset();
    }

    private void Clean()
    {
        _edits = _kept = default;
        _isDirty = false;
    }

    private readonly record struct Range32(int Start, int Length)
    {
        /// <summary>Empty if it does not lie in the bytes: somebody is late and looks at two messages at once, which he is told in a moment.</summary>
        public ReadOnlySpan<byte> Of(byte[] bytes) => Start + Length <= bytes.Length ? bytes.AsSpan(Start, Length) : default;
    }
}

/// <summary>Which hook works on a message.</summary>
internal enum MessageHook : byte
{
    /// <summary><see cref="BrokerPlugin.OnPublishAsync"/>.</summary>
    Publish,

    /// <summary><see cref="BrokerPlugin.OnDeliverAsync"/>.</summary>
    Deliver,

    /// <summary><see cref="BrokerPlugin.OnWillAsync"/>.</summary>
    Will,
}

/// <summary>What a transform cannot change about a message.</summary>
/// <param name="kind">Which hook works on it.</param>
/// <param name="session">Whose message it is: the publisher's, or the receiver's for a delivery.</param>
/// <param name="publisher">The client that published it; null for the broker and plugins.</param>
/// <param name="origin">How it came to be.</param>
/// <param name="qos">Its QoS, which bounds that of a delivery.</param>
/// <param name="retain">Its RETAIN flag.</param>
/// <param name="secondsLeft">Seconds until it expires; 0 = it does not.</param>
internal struct MessageFacts(MessageHook kind, ISession? session, string? publisher, MessageOrigin origin, QoS qos, bool retain, uint secondsLeft)
{
    public readonly ISession? Session = session;
    public readonly string? Publisher = publisher;
    private uint _secondsLeft = secondsLeft; // as a uint? it would be written in two halves and read in one, which a processor waits for

    public MessageHook Kind { get; private set; } = kind;

    public MessageOrigin Origin { get; private set; } = origin;

    public QoS QoS { get; private set; } = qos;

    public bool Retain { get; private set; } = retain;

    public readonly uint? MessageExpiryInterval => _secondsLeft == 0 ? null : _secondsLeft;

    /// <summary>Takes what is no reference.</summary>
    public void Take(in MessageFacts other)
    {
        Kind = other.Kind;
        Origin = other.Origin;
        QoS = other.QoS;
        Retain = other.Retain;
        _secondsLeft = other._secondsLeft;
    }
}

/// <summary>What transforms changed about a message; null = as it was.</summary>
internal struct MessageEdits
{
    public string? Topic;
    public byte[]? Payload;
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
