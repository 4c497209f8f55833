using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Testing.Golden;

/// <summary>The one table that feeds all codec tests.</summary>
public static partial class GoldenPackets
{
    public static IEnumerable<GoldenPacket> All => [.. Connect, .. ConnAck, .. Publish, .. Acks, .. Subscriptions, .. Others];

    public static GoldenPacket Find(string name) => All.Single(packet => packet.Name == name);

    /// <summary>Decodes to the packet, and the packet encodes to the bytes.</summary>
    private static GoldenPacket Valid(string name, ProtocolVersion version, string notation, MqttPacket expected, PacketSender sender = PacketSender.Either) =>
        new(name, version, notation, expected, Reason: null, sender, IsCanonical: true);

    /// <summary>Decodes to the packet, though the packet encodes to other bytes.</summary>
    private static GoldenPacket Accepted(string name, ProtocolVersion version, string notation, MqttPacket expected, PacketSender sender = PacketSender.Either) =>
        new(name, version, notation, expected, Reason: null, sender, IsCanonical: false);

    /// <summary>Is refused for the reason.</summary>
    private static GoldenPacket Refused(string name, ProtocolVersion version, string notation, ReasonCode reason, PacketSender sender = PacketSender.Either) =>
        new(name, version, notation, Expected: null, reason, sender, IsCanonical: false);

    private static ReadOnlyMemory<byte> Bytes(string hex) => Convert.FromHexString(hex);

    private static string Repeat(string hex, int count) => string.Concat(Enumerable.Repeat(hex, count));
}
