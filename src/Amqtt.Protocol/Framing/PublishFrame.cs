using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Amqtt.Protocol;

/// <summary>
/// A validated PUBLISH as views of the bytes it arrived in (section 3.3): what a broker routes without allocating.
/// </summary>
public readonly ref struct PublishFrame
{
    private readonly ReadOnlySpan<byte> _body;
    private readonly int _payloadStart;
    private readonly ushort _topicLength;
    private readonly byte _firstByte;
    private readonly PublishProperties _properties;

    // A constructor, since it works in place: what a method returns is copied, and the copy has to wait for what has just been written, which took longer than all the rest of it.

    /// <summary>Parses and validates everything but the payload.</summary>
    /// <param name="version">The version of the connection.</param>
    /// <param name="firstByte">The first byte of the packet.</param>
    /// <param name="body">What follows the fixed header, all of it.</param>
    /// <param name="fromClient">Whether the packet comes from a client [MQTT-3.3.4-6], whose DUP with QoS 0 is malformed; a server's means nothing.</param>
    /// <exception cref="CodecException">The packet is not valid.</exception>
    public PublishFrame(ProtocolVersion version, byte firstByte, ReadOnlySpan<byte> body, bool fromClient = true)
        : this(version, firstByte, body, fromClient ? PacketSender.Client : PacketSender.Server)
    {
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal PublishFrame(ProtocolVersion version, byte firstByte, ReadOnlySpan<byte> body, PacketSender sender)
    {
        var qos = firstByte >> 1 & 0x03;
        if (qos == 3) CodecError.Header(firstByte, "PUBLISH has QoS 0, 1 or 2, not 3."); // [MQTT-3.3.1-4]
        const int qosAndDup = 0x0E, dup = 0x08;
        if ((firstByte & qosAndDup) == dup && sender == PacketSender.Client && version != ProtocolVersion.V31)
            CodecError.Header(firstByte, "PUBLISH has DUP with QoS 0, which is never sent again."); // [MQTT-3.3.1-2]
        if (body.Length < 2) ThrowCutShort(version, body, "topic name");

        var topicLength = Wire.ReadUInt16(body);
        var position = 2 + topicLength;
        if (position > body.Length) ThrowCutShort(version, body, "topic name");

        if (!TopicName.IsValid(body[2..position]) && !(topicLength == 0 && version == ProtocolVersion.V5)) ThrowTopic(version, body[2..position]);

        ushort packetId = 0;
        if (qos != 0)
        {
            if (position + 2 > body.Length) ThrowCutShort(version, body, "packet identifier");
            packetId = Wire.ReadUInt16(body[position..]);
            if (packetId == 0) CodecError.Protocol(PacketType.Publish, position, "the packet identifier is 0; it starts at 1.", version);
            position += 2;
        }

        if (version == ProtocolVersion.V5)
        {
            // Most messages have no properties; the long way costs them twice the time.
            var hasNone = position < body.Length && body[position] == 0 && topicLength != 0;
            if (hasNone) position++;
            else _properties = ParseProperties(body, topicLength, ref position, sender);
        }

        _firstByte = firstByte;
        _body = body;
        _topicLength = topicLength;
        _payloadStart = position;
        PacketId = packetId;
    }

    /// <summary>The sender has sent it before. Says nothing about duplicates at the receiver.</summary>
    public bool Dup => (_firstByte & 0x08) != 0;

    /// <summary>The quality of service.</summary>
    public QoS QoS => (QoS)(_firstByte >> 1 & 0x03);

    /// <summary>Whether to store the message; from a server: whether it was stored.</summary>
    public bool Retain => (_firstByte & 0x01) != 0;

    /// <summary>The topic name; empty only in 5.0, when <see cref="PublishProperties.TopicAlias"/> stands for it.</summary>
    public ReadOnlySpan<byte> Topic => _body.Slice(2, _topicLength);

    /// <summary>The packet identifier; 0 for QoS 0, which has none.</summary>
    public ushort PacketId { get; }

    /// <summary>The properties; empty before 5.0.</summary>
    [UnscopedRef]
    public ref readonly PublishProperties Properties => ref _properties;

    /// <summary>The payload.</summary>
    public ReadOnlySpan<byte> Payload => _body[_payloadStart..];

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static PublishProperties ParseProperties(ReadOnlySpan<byte> body, ushort topicLength, scoped ref int position, PacketSender sender)
    {
        if (Wire.ReadVariableByteInteger(body[position..], out var length, out var lengthBytes) != OperationStatus.Done)
            CodecError.Malformed(PacketType.Publish, position, "the property length is not a complete variable byte integer in its shortest form.", ProtocolVersion.V5);

        position += lengthBytes;
        if (length > body.Length - position) ThrowCutShort(ProtocolVersion.V5, body, "properties");

        var properties = length == 0 ? default : PublishProperties.Parse(body.Slice(position, length), position, sender);
        if (topicLength == 0 && properties.TopicAlias is null)
            CodecError.Protocol(PacketType.Publish, 0, "the topic name is empty and there is no topic alias to stand for it.", ProtocolVersion.V5);

        position += length;
        return properties;
    }

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowCutShort(ProtocolVersion version, ReadOnlySpan<byte> body, string field) =>
        CodecError.Malformed(PacketType.Publish, body.Length, $"the packet ends within its {field}.", version);

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowTopic(ProtocolVersion version, ReadOnlySpan<byte> topic)
    {
        if (topic.IsEmpty) CodecError.Protocol(PacketType.Publish, 0, "the topic name is empty.", version); // [MQTT-4.7.3-1]
        if (!MqttString.IsValid(topic)) CodecError.Malformed(PacketType.Publish, 2, "the topic name is not valid UTF-8 text, or holds a control or non-character.", version);
        CodecError.Protocol(PacketType.Publish, 2, "the topic name holds a wildcard; wildcards belong to filters.", version); // [MQTT-3.3.2-2]
    }
}
