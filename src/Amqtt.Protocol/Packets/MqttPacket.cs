namespace Amqtt.Protocol.Packets;

/// <summary>
/// A control packet as an immutable object: for plugins, tests, the client and everything that is not the hot path.
/// <see cref="PacketCodec"/> reads and writes them. <see cref="object.ToString"/> is one line for logs, in which passwords, authentication
/// data and payloads appear by length only and control characters are escaped.
/// </summary>
public abstract class MqttPacket
{
    /// <summary>Packets are the fifteen classes of this namespace.</summary>
    private protected MqttPacket()
    {
    }

    /// <summary>The packet type.</summary>
    public abstract PacketType Type { get; }

    /// <inheritdoc/>
    public sealed override string ToString()
    {
        var line = new PacketLine(Type);
        Describe(ref line);
        return line.ToString();
    }

    /// <summary>Adds the packet's fields to its log line.</summary>
    private protected abstract void Describe(ref PacketLine line);
}
