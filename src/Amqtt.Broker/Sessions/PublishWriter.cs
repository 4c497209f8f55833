using Amqtt.Broker.Routing;
using Amqtt.Broker.Transport;
using Amqtt.Protocol;

namespace Amqtt.Broker.Sessions;

/// <summary>Encodes a PUBLISH straight into a receiver's output: three copies and no object.</summary>
internal static class PublishWriter
{
    private const int Dup = 0x08;
    private const int Retain = 0x01;
    private const int ExpiryLength = 1 + sizeof(uint);
    private const int AliasLength = 1 + sizeof(ushort);

    /// <summary>
    /// Appends the PUBLISH. False, and nothing appended, if it is larger than the client takes: then it counts as delivered [MQTT-3.1.2-25].
    /// </summary>
    public static bool TryWrite(
        IClientLink link,
        ref Publication publication,
        QoS qos,
        bool retain,
        bool dup,
        ushort packetId,
        in SubscriptionIdentifiers identifiers,
        bool observed)
    {
        ReadOnlySpan<byte> topic = publication.Topic, payload = publication.Payload;
        bool hasProperties = link.Version == ProtocolVersion.V5;
        bool hasExpiry = publication.ExpiresAt != long.MaxValue;
        if (link.Prefix is { } prefix) topic = prefix.Remove(topic);
        ushort alias = 0;
        bool isKnown = false;
        if (link.Aliases is { } aliases)
        {
            alias = aliases.Find(topic, out isKnown);
            if (isKnown) topic = default;
        }

        int properties = hasProperties ? publication.Properties.Length + (hasExpiry ? ExpiryLength : 0) + (alias != 0 ? AliasLength : 0) + identifiers.EncodedLength : 0;
        int remaining = 2 + topic.Length + (qos == QoS.AtMostOnce ? 0 : 2) + payload.Length
            + (hasProperties ? Wire.VariableByteIntegerLength(properties) + properties : 0);
        int total = 1 + Wire.VariableByteIntegerLength(remaining) + remaining;
        if ((uint)total > link.MaximumPacketSize) return false;
        if (alias != 0 && !isKnown) link.Aliases!.Set(alias, topic);

        Channel channel = link.Channel;
        Span<byte> packet = channel.Reserve(total);
        packet[0] = (byte)(((int)PacketType.Publish << 4) | (dup ? Dup : 0) | ((int)qos << 1) | (retain ? Retain : 0));
        int at = 1 + Wire.WriteVariableByteInteger(packet[1..], remaining);
        at += Wire.WriteString(packet[at..], topic);
        if (qos != QoS.AtMostOnce) at += Wire.WriteUInt16(packet[at..], packetId);
        if (hasProperties)
        {
            at += Wire.WriteVariableByteInteger(packet[at..], properties);
            if (hasExpiry) at += WriteExpiry(packet[at..], publication.ExpiresAt - channel.Loop.Clock.Now); // not the start of the round, which may be before the life began
            if (alias != 0) at += WriteAlias(packet[at..], alias);
            for (int i = 0; i < identifiers.Count; i++)
            {
                packet[at++] = (byte)PropertyId.SubscriptionIdentifier;
                at += Wire.WriteVariableByteInteger(packet[at..], (int)identifiers[i]);
            }

            publication.Properties.CopyTo(packet[at..]);
            at += publication.Properties.Length;
        }

        payload.CopyTo(packet[at..]);
        // Before committing, which may write and give the buffer back.
        if (observed) link.PacketAppended(packet[..total]);
        channel.Commit(total);
        return true;
    }

    private static int WriteAlias(Span<byte> target, ushort alias)
    {
        target[0] = (byte)PropertyId.TopicAlias;
        return 1 + Wire.WriteUInt16(target[1..], alias);
    }

    /// <summary>What is left of the expiry interval, at least one second while the message lives [MQTT-3.3.2-6].</summary>
    private static int WriteExpiry(Span<byte> target, long leftMilliseconds)
    {
        target[0] = (byte)PropertyId.MessageExpiryInterval;
        uint seconds = (uint)Math.Clamp((leftMilliseconds + 999) / 1000, 1, uint.MaxValue);
        return 1 + Wire.WriteUInt32(target[1..], seconds);
    }
}
