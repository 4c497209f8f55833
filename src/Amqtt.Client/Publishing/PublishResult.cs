using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Client;

/// <summary>What became of a publish: the message, and the packets that carried it.</summary>
public readonly struct PublishResult
{
    /// <summary>The topic name.</summary>
    public string Topic { get; internal init; }

    /// <summary>The payload as it was given.</summary>
    public ReadOnlyMemory<byte> Payload { get; internal init; }

    /// <summary>The QoS it was published with.</summary>
    public QoS QoS { get; internal init; }

    /// <summary>RETAIN.</summary>
    public bool Retain { get; internal init; }

    /// <summary>The packet identifier; 0 for QoS 0.</summary>
    public ushort PacketId { get; internal init; }

    /// <summary>The reason code of PUBACK or PUBREC: success, or that nobody is subscribed (5.0).</summary>
    public ReasonCode Reason { get; internal init; }

    /// <summary>The properties of the message.</summary>
    public MqttProperties Properties { get; internal init; }

    /// <summary>The properties of PUBACK or PUBREC.</summary>
    public MqttProperties AckProperties { get; internal init; }

    /// <summary>True if the message waits in the offline queue: it has not been sent yet.</summary>
    public bool IsQueued { get; internal init; }

    /// <summary>True if the offline queue had no room and its policy dropped the message.</summary>
    public bool IsDropped { get; internal init; }

    /// <summary>The PUBLISH.</summary>
    public PublishPacket Publish => new() { Topic = Topic, Payload = Payload, QoS = QoS, Retain = Retain, PacketId = PacketId, Properties = Properties };

    /// <summary>The PUBACK; null but for QoS 1.</summary>
    public PubAckPacket? PubAck => IsDone(QoS.AtLeastOnce) ? new() { PacketId = PacketId, Reason = Reason, Properties = AckProperties } : null;

    /// <summary>The PUBREC; null but for QoS 2.</summary>
    public PubRecPacket? PubRec => IsDone(QoS.ExactlyOnce) ? new() { PacketId = PacketId, Reason = Reason, Properties = AckProperties } : null;

    /// <summary>The PUBREL; null but for QoS 2.</summary>
    public PubRelPacket? PubRel => IsDone(QoS.ExactlyOnce) ? new() { PacketId = PacketId } : null;

    /// <summary>The PUBCOMP; null but for QoS 2.</summary>
    public PubCompPacket? PubComp => IsDone(QoS.ExactlyOnce) ? new() { PacketId = PacketId } : null;

    private bool IsDone(QoS qos) => QoS == qos && PacketId != 0;
}
