using Amqtt.Client.Connections;
using Amqtt.Protocol;

namespace Amqtt.Client.Publishing;

/// <summary>Writes PUBLISH straight into the output: topic and properties are encoded already, and nothing is allocated.</summary>
internal static class PublishEncoder
{
    private const int AliasLength = 3;

    // A topic that is published to once would waste one of the few aliases.
    private const int UsesBeforeAlias = 2;

    /// <summary>Appends the packet.</summary>
    /// <exception cref="ClientException">The broker does not take it; nothing is appended.</exception>
    public static void Write(Link link, TopicEntry topic, ReadOnlySpan<byte> payload, QoS qos, bool retain, bool dup, ushort packetId, ReadOnlySpan<byte> properties)
    {
        var limits = link.Limits;
        if (qos > limits.MaximumQoS)
            throw new ClientException($"The broker accepts messages of QoS {(int)limits.MaximumQoS} at most; this one has QoS {(int)qos}."); // [MQTT-3.2.2-11]
        if (retain && !limits.RetainAvailable)
            throw new ClientException("The broker accepts no retained messages."); // [MQTT-3.2.2-14]

        var isV5 = limits.Version == ProtocolVersion.V5;
        var (alias, isNew) = limits.TopicAliasMaximum > 0 ? AliasOf(link, topic) : default;
        var name = alias != 0 && !isNew ? [] : topic.Utf8.AsSpan();
        var propertiesLength = isV5 ? properties.Length + (alias == 0 ? 0 : AliasLength) : 0;
        var remaining = 2 + name.Length + (qos == QoS.AtMostOnce ? 0 : 2) + payload.Length
            + (isV5 ? Wire.VariableByteIntegerLength(propertiesLength) + propertiesLength : 0);
        var total = 1 + Wire.VariableByteIntegerLength(remaining) + remaining;
        if (remaining > Wire.MaxVariableByteInteger || total > limits.MaximumPacketSize)
            throw new ClientException($"The message needs a packet of {total} bytes; the broker accepts {Math.Min(limits.MaximumPacketSize, Wire.MaxVariableByteInteger)} at most."); // [MQTT-3.2.2-15]

        var packet = link.Output.GetSpan(total);
        packet[0] = (byte)((int)PacketType.Publish << 4 | (dup ? 0x08 : 0) | (int)qos << 1 | (retain ? 0x01 : 0));
        var at = 1 + Wire.WriteVariableByteInteger(packet[1..], remaining);
        at += Wire.WriteString(packet[at..], name);
        if (qos != QoS.AtMostOnce)
            at += Wire.WriteUInt16(packet[at..], packetId);
        if (isV5)
        {
            at += Wire.WriteVariableByteInteger(packet[at..], propertiesLength);
            if (alias != 0)
            {
                packet[at++] = (byte)PropertyId.TopicAlias;
                at += Wire.WriteUInt16(packet[at..], alias);
                if (isNew)
                    topic.Alias = link.TakeAlias();
            }

            properties.CopyTo(packet[at..]);
            at += properties.Length;
        }

        payload.CopyTo(packet[at..]);
        link.Appended(total);
    }

    private static (ushort Alias, bool IsNew) AliasOf(Link link, TopicEntry topic)
    {
        if (topic.Epoch != link.Epoch)
            (topic.Epoch, topic.Uses, topic.Alias) = (link.Epoch, 0, 0);
        if (topic.Alias != 0)
            return (topic.Alias, false);
        return ++topic.Uses > UsesBeforeAlias && link.NextAlias <= link.Limits.TopicAliasMaximum ? ((ushort)link.NextAlias, true) : default;
    }
}
