using System.Text;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Client;

/// <summary>A message that arrived. It is the program's to keep; its payload is not copied again and never changes.</summary>
public sealed class ReceivedMessage
{
    private Subscribing.Delivery? _delivery;

    internal ReceivedMessage(string topic, ReadOnlyMemory<byte> payload, QoS qos, bool retain, bool dup, ushort packetId, MqttProperties properties, Subscribing.Delivery? delivery)
    {
        Topic = topic;
        Payload = payload;
        QoS = qos;
        Retain = retain;
        Dup = dup;
        PacketId = packetId;
        Properties = properties;
        _delivery = delivery;
    }

    /// <summary>The topic name.</summary>
    public string Topic { get; }

    /// <summary>The payload.</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>The payload as UTF-8 text; what is not is replaced by U+FFFD.</summary>
    public string Text => Encoding.UTF8.GetString(Payload.Span);

    /// <summary>The QoS it was delivered with.</summary>
    public QoS QoS { get; }

    /// <summary>Whether it was retained: stored before the subscription was made.</summary>
    public bool Retain { get; }

    /// <summary>The broker may have sent it before.</summary>
    public bool Dup { get; }

    /// <summary>The packet identifier; 0 for QoS 0.</summary>
    public ushort PacketId { get; }

    /// <summary>The properties; empty before 5.0.</summary>
    public MqttProperties Properties { get; }

    /// <summary>
    /// Acknowledges a message of QoS 1 or 2, where the subscription leaves that to the program (<see cref="AcknowledgeMode.Manual"/>). Returns at once. Without
    /// effect the second time, for QoS 0, and when the connection it came through is gone: then the broker sends it again.
    /// </summary>
    public void Acknowledge() => Interlocked.Exchange(ref _delivery, null)?.Done(succeeded: true);

    /// <summary>It was not processed: it stays unacknowledged, and the broker sends it again with the next connection.</summary>
    internal void Fail() => Interlocked.Exchange(ref _delivery, null)?.Done(succeeded: false);

    /// <summary>The same message for another subscription.</summary>
    internal ReceivedMessage Share() => new(Topic, Payload, QoS, Retain, Dup, PacketId, Properties, _delivery);
}

/// <summary>Who acknowledges messages of QoS 1 and 2.</summary>
public enum AcknowledgeMode
{
    /// <summary>The client: when the handler has completed without an exception, or when the stream is asked for the next message.</summary>
    Automatic,

    /// <summary>The program, with <see cref="ReceivedMessage.Acknowledge"/>.</summary>
    Manual,
}
