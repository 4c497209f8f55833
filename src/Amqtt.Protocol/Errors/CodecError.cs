using System.Diagnostics.CodeAnalysis;

namespace Amqtt.Protocol;

/// <summary>Throw helpers: they keep message building out of the hot methods, so that those stay small enough to inline.</summary>
internal static class CodecError
{
    [DoesNotReturn]
    public static void Malformed(PacketType packet, int offset, string problem, ProtocolVersion? version = null) =>
        Throw(ReasonCode.MalformedPacket, packet, offset, problem, version);

    [DoesNotReturn]
    public static void Protocol(PacketType packet, int offset, string problem, ProtocolVersion? version = null) =>
        Throw(ReasonCode.ProtocolError, packet, offset, problem, version);

    /// <summary>Throws for a place in a packet; <paramref name="offset"/> counts from the first byte after the fixed header.</summary>
    [DoesNotReturn]
    public static void Throw(ReasonCode reason, PacketType packet, int offset, string problem, ProtocolVersion? version = null) =>
        throw new CodecException(reason, $"{packet.Name()}, byte {offset} after the fixed header: {problem}") { Version = version };

    [DoesNotReturn]
    public static void Header(byte firstByte, string problem) =>
        throw new CodecException(ReasonCode.MalformedPacket, $"fixed header 0x{firstByte:X2}: {problem}");

    [DoesNotReturn]
    public static void TooLarge(string problem) => throw new CodecException(ReasonCode.PacketTooLarge, problem);

    /// <summary>The name of a packet type as the specification prints it.</summary>
    public static string Name(this PacketType type) => type switch
    {
        PacketType.Connect => "CONNECT",
        PacketType.ConnAck => "CONNACK",
        PacketType.Publish => "PUBLISH",
        PacketType.PubAck => "PUBACK",
        PacketType.PubRec => "PUBREC",
        PacketType.PubRel => "PUBREL",
        PacketType.PubComp => "PUBCOMP",
        PacketType.Subscribe => "SUBSCRIBE",
        PacketType.SubAck => "SUBACK",
        PacketType.Unsubscribe => "UNSUBSCRIBE",
        PacketType.UnsubAck => "UNSUBACK",
        PacketType.PingReq => "PINGREQ",
        PacketType.PingResp => "PINGRESP",
        PacketType.Disconnect => "DISCONNECT",
        PacketType.Auth => "AUTH",
        _ => $"packet of type {(byte)type}",
    };
}
