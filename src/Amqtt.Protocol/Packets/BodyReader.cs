using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Amqtt.Protocol.Packets;

/// <summary>Reads the fields of a packet's body in order. Every method names its field, so that an error can say what is missing.</summary>
internal ref struct BodyReader
{
    private readonly ReadOnlySpan<byte> _body;
    private readonly PacketType _packet;
    private readonly PacketSender _sender;
    private readonly DecoderLimits _limits;
    private int _position;

    /// <summary>Where the last field began; errors point there.</summary>
    private int _field;

    public BodyReader(ProtocolVersion version, PacketType packet, ReadOnlySpan<byte> body, PacketSender sender, DecoderLimits limits)
    {
        Version = version;
        _packet = packet;
        _body = body;
        _sender = sender;
        _limits = limits;
    }

    /// <summary>The version of the connection; CONNECT sets it when it has read its own.</summary>
    public ProtocolVersion? Version { get; set; }

    public readonly PacketSender Sender => _sender;

    public readonly bool IsV5 => Version == ProtocolVersion.V5;

    public readonly bool IsAtEnd => _position == _body.Length;

    /// <summary>What has not been read yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => _body[_position..];

    public byte ReadByte(string field) => Take(1, field)[0];

    public ushort ReadUInt16(string field) => Wire.ReadUInt16(Take(2, field));

    /// <summary>A packet identifier; 0 is not one [MQTT-2.2.1-3].</summary>
    public ushort ReadPacketId()
    {
        var packetId = ReadUInt16("packet identifier");
        if (packetId == 0) Protocol("the packet identifier is 0; it starts at 1.");
        return packetId;
    }

    public ReadOnlySpan<byte> ReadBinary(string field)
    {
        var start = _position;
        var bytes = Take(Wire.ReadUInt16(Take(2, field)), field);
        _field = start;
        return bytes;
    }

    public string ReadString(string field)
    {
        var utf8 = ReadBinary(field);
        if (!MqttString.IsValid(utf8)) Malformed($"the {field} is not valid UTF-8 text, or holds a control or non-character.");
        return Encoding.UTF8.GetString(utf8);
    }

    /// <summary>A topic filter. Misplaced wildcards are for the server to answer, filter by filter; an empty one is an error [MQTT-4.7.3-1].</summary>
    public string ReadFilter(int index)
    {
        if (index >= _limits.MaxFilters) CodecError.Throw(ReasonCode.PacketTooLarge, _packet, _position, $"more filters than the limit of {_limits.MaxFilters}.", Version);
        var filter = ReadString("topic filter");
        if (filter.Length == 0) Protocol("the topic filter is empty.");
        return filter;
    }

    /// <summary>A property block with its length; before 5.0 there is none.</summary>
    public MqttProperties ReadProperties(PropertyScope scope)
    {
        if (!IsV5) return MqttProperties.Empty;

        _field = _position;
        if (Wire.ReadVariableByteInteger(_body[_position..], out var length, out var lengthBytes) != OperationStatus.Done)
            Malformed("the property length is not a complete variable byte integer in its shortest form.");
        _position += lengthBytes;
        if (length > _body.Length - _position) Malformed($"the property length is {length}, more than the rest of the packet: {_body.Length - _position}.");

        var raw = _body.Slice(_position, length);
        var offset = _position;
        _position += length;
        return MqttProperties.Decode(raw, _packet, scope, _sender, offset, _limits);
    }

    public readonly void ExpectEnd()
    {
        if (!IsAtEnd) CodecError.Malformed(_packet, _position, $"bytes that follow the last field: {_body.Length - _position}.", Version);
    }

    [DoesNotReturn]
    public readonly void Malformed(string problem) => CodecError.Malformed(_packet, _field, problem, Version);

    [DoesNotReturn]
    public readonly void Protocol(string problem) => CodecError.Protocol(_packet, _field, problem, Version);

    [DoesNotReturn]
    public readonly void UnsupportedVersion(byte level, bool expectsReturnCode) => throw new UnsupportedProtocolVersionException(
        level, expectsReturnCode, $"{_packet.Name()}, byte {_field} after the fixed header: protocol level {level} is not served; MQIsdp 3, MQTT 4 and MQTT 5 are.");

    private ReadOnlySpan<byte> Take(int length, string field)
    {
        _field = _position;
        if (length > _body.Length - _position) CodecError.Malformed(_packet, _body.Length, $"the packet ends within its {field}.", Version);
        _position += length;
        return _body.Slice(_field, length);
    }
}
