using Amqtt.Broker.Sessions;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Broker.Connections;

/// <content>What is sent.</content>
internal sealed partial class Connection
{
    /// <summary>Appends an answer to the output. A client that takes no packets of its size cannot be answered, and is disconnected [MQTT-3.1.2-24].</summary>
    public void Send(MqttPacket packet)
    {
        if (TrySend(packet)) return;
        Fail(ReasonCode.PacketTooLarge, "the answer is larger than the client's Maximum Packet Size", DisconnectCause.ProtocolError);
    }

    /// <summary>
    /// Appends the last packet of a connection with as much of its properties as the client's Maximum Packet Size allows, where to go before why, or not at all.
    /// </summary>
    public void SendLast(string? text, string? serverReference, Func<MqttProperties, MqttPacket> packet)
    {
        if (TrySend(packet(ReasonText.With(text, serverReference)))) return;
        if (serverReference is not null && TrySend(packet(ReasonText.With(text: null, serverReference)))) return;
        TrySend(packet(MqttProperties.Empty));
    }

    /// <summary>Whether the client takes packets of this one's size.</summary>
    public bool Fits(MqttPacket packet) => MaximumPacketSize == uint.MaxValue || (uint)PacketCodec.Encode(packet, Version).Length <= MaximumPacketSize;

    /// <summary>Appends a packet. False, and nothing appended, if the client does not take packets of its size [MQTT-3.1.2-24].</summary>
    public bool TrySend(MqttPacket packet)
    {
        byte[] encoded = PacketCodec.Encode(packet, Version);
        if ((uint)encoded.Length > MaximumPacketSize) return false;
        Shard.Counters.PacketsSent++;
        _owed.Add(Channel, encoded.Length);
        encoded.CopyTo(Channel.Reserve(encoded.Length));
        if (Shard.Events.ObservesSent) PacketAppended(encoded);
        Channel.Commit(encoded.Length);
        return true;
    }

    /// <summary>Appends an acknowledgement.</summary>
    public void Acknowledge(PacketType type, ushort packetId, ReasonCode reason = ReasonCode.Success)
    {
        Shard.Counters.PacketsSent++;
        _owed.Add(Channel, size: 0);
        AckWriter.Write(this, type, packetId, reason, Shard.Events.ObservesSent);
    }

    /// <summary>Appends an acknowledgement that says more, or one that does not if the client does not take packets of its size.</summary>
    public void Acknowledge(PacketType type, ushort packetId, ReasonCode reason, string? text, IReadOnlyList<UserProperty> properties)
    {
        var more = new MqttProperties { ReasonString = ReasonText.Sendable(text), UserProperties = properties };
        AckPacket Packet(MqttProperties with) => type switch
        {
            PacketType.PubAck => new PubAckPacket { PacketId = packetId, Reason = reason, Properties = with },
            PacketType.PubRec => new PubRecPacket { PacketId = packetId, Reason = reason, Properties = with },
            _ => new PubCompPacket { PacketId = packetId, Reason = reason, Properties = with },
        };
        if (!WantsReasons || !TrySend(Packet(more))) Acknowledge(type, packetId, reason);
    }

    /// <inheritdoc/>
    public void PacketAppended(ReadOnlySpan<byte> packet) => Shard.Events.PacketSent(Version, packet, Session);
}
