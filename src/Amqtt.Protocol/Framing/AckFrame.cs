using System.Buffers;

namespace Amqtt.Protocol;

/// <summary>A validated PUBACK, PUBREC, PUBREL or PUBCOMP as a view of its bytes (sections 3.4 to 3.7). Nothing is allocated.</summary>
public readonly ref struct AckFrame
{
    private AckFrame(ushort packetId, ReasonCode reason, ReadOnlySpan<byte> properties)
    {
        PacketId = packetId;
        Reason = reason;
        Properties = properties;
    }

    /// <summary>The identifier of the PUBLISH, 1 to 65,535.</summary>
    public ushort PacketId { get; }

    /// <summary>The reason; <see cref="ReasonCode.Success"/> where the packet has none, as always before 5.0.</summary>
    public ReasonCode Reason { get; }

    /// <summary>The validated property block without its length; empty before 5.0.</summary>
    public ReadOnlySpan<byte> Properties { get; }

    /// <summary>Parses and validates the packet, its short forms included: 2 bytes mean success, 3 bytes carry a reason but no properties.</summary>
    /// <param name="version">The version of the connection.</param>
    /// <param name="type">One of the four types; any other gives a result without meaning.</param>
    /// <param name="body">What follows the fixed header, all of it.</param>
    /// <exception cref="CodecException">The packet is not valid.</exception>
    public static AckFrame Parse(ProtocolVersion version, PacketType type, ReadOnlySpan<byte> body)
    {
        if (body.Length < 2) CodecError.Malformed(type, body.Length, "the packet ends within its packet identifier.", version);
        var packetId = Wire.ReadUInt16(body);
        if (packetId == 0) CodecError.Protocol(type, 0, "the packet identifier is 0; it starts at 1.", version);
        if (body.Length == 2) return new AckFrame(packetId, ReasonCode.Success, default);
        if (version != ProtocolVersion.V5) CodecError.Malformed(type, 2, $"bytes that follow the packet identifier: {body.Length - 2}; before MQTT 5.0 there are none.", version);

        var reason = (ReasonCode)body[2];
        if (!reason.IsAllowedIn(type)) CodecError.Protocol(type, 2, $"reason code 0x{body[2]:X2} does not belong to this packet.", version);
        return new AckFrame(packetId, reason, body.Length == 3 ? default : ReadProperties(type, body));
    }

    private static ReadOnlySpan<byte> ReadProperties(PacketType type, ReadOnlySpan<byte> body)
    {
        const int start = 3;
        if (Wire.ReadVariableByteInteger(body[start..], out var length, out var lengthBytes) != OperationStatus.Done)
            CodecError.Malformed(type, start, "the property length is not a complete variable byte integer in its shortest form.", ProtocolVersion.V5);

        var properties = body[(start + lengthBytes)..];
        if (length != properties.Length)
            CodecError.Malformed(type, start, $"the property length is {length}, more than the rest of the packet: {properties.Length}.", ProtocolVersion.V5);

        new PropertyReader(properties, type, PropertyTable.ScopeOf(type), PacketSender.Either, start + lengthBytes).Validate();
        return properties;
    }
}
