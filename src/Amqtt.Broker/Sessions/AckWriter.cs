using Amqtt.Protocol;

namespace Amqtt.Broker.Sessions;

/// <summary>Encodes PUBACK, PUBREC, PUBREL and PUBCOMP straight into a client's output.</summary>
internal static class AckWriter
{
    private const int PubRelFlags = 0x02; // [MQTT-3.6.1-1]

    /// <summary>Appends the packet; the reason goes along only to a v5 client and only where it is not success.</summary>
    public static void Write(IClientLink link, PacketType type, ushort packetId, ReasonCode reason, bool observed)
    {
        bool hasReason = reason != ReasonCode.Success && link.Version == ProtocolVersion.V5;
        int total = hasReason ? 5 : 4;
        Span<byte> packet = link.Channel.Reserve(total);
        packet[0] = (byte)(((int)type << 4) | (type == PacketType.PubRel ? PubRelFlags : 0));
        packet[1] = (byte)(total - 2);
        Wire.WriteUInt16(packet[2..], packetId);
        if (hasReason) packet[4] = (byte)reason;
        if (observed) link.PacketAppended(packet[..total]);
        link.Channel.Commit(total);
    }
}
