using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Client.Connections;

/// <summary>
/// The side of a connection that packets are put into: its output, its limits, and who must be woken to write. The client's gate guards it.
/// </summary>
internal sealed class Link(int epoch, Negotiated limits)
{
    /// <summary>Unsent bytes at which publishers wait.</summary>
    public const int HighWater = 1024 * 1024;

    // A peer that reads nothing could be sent acknowledgements for ever.
    private const int MostResponses = 64 * 1024 * 1024;

    /// <summary>Numbers the connections of a client.</summary>
    public int Epoch => epoch;

    public Negotiated Limits => limits;

    public OutputBuffer Output { get; } = new();

    /// <summary>Wakes the writer; it is idle if there was nothing to write.</summary>
    public WriterSignal Writer { get; } = new();

    /// <summary>The next topic alias that is free.</summary>
    public int NextAlias { get; private set; } = 1;

    /// <summary>Whether publishers wait until the output has drained.</summary>
    public bool IsFull => Output.Length >= HighWater;

    /// <summary>Packets and bytes sent, for the meter; read by the writer.</summary>
    public long LastSent { get; set; }

    /// <summary>Sees every packet that is appended, or null.</summary>
    public PacketWatcher? Watcher { get; init; }

    public ushort TakeAlias() => (ushort)NextAlias++;

    /// <summary>A packet of that length was written to <see cref="OutputBuffer.GetSpan"/>.</summary>
    public void Appended(int length)
    {
        var start = Output.Length;
        Output.Advance(length);
        Watcher?.Sent(Output.From(start));
        Writer.Wake();
    }

    /// <summary>Appends a packet that is rare enough to be an object.</summary>
    /// <exception cref="CodecException">It cannot be encoded.</exception>
    /// <exception cref="ClientException">The broker takes no packet of that size.</exception>
    public void Append(MqttPacket packet)
    {
        var bytes = PacketCodec.Encode(packet, limits.Version);
        if (bytes.Length > limits.MaximumPacketSize)
            throw new ClientException($"{packet.Type} needs a packet of {bytes.Length} bytes; the broker accepts {limits.MaximumPacketSize} at most.");
        bytes.CopyTo(Output.GetSpan(bytes.Length));
        Appended(bytes.Length);
    }

    /// <summary>Appends PUBACK, PUBREC, PUBREL or PUBCOMP.</summary>
    /// <exception cref="ClientException">The broker sends what must be answered, but reads no answers.</exception>
    public void AppendAck(PacketType type, ushort packetId, ReasonCode reason = ReasonCode.Success)
    {
        if (Output.Length > MostResponses)
            throw new ClientException("The broker does not read what it asked for.");
        var hasReason = reason != ReasonCode.Success && limits.Version == ProtocolVersion.V5;
        var packet = Output.GetSpan(5);
        packet[0] = (byte)((int)type << 4 | (type == PacketType.PubRel ? 0x02 : 0));
        packet[1] = (byte)(hasReason ? 3 : 2);
        Wire.WriteUInt16(packet[2..], packetId);
        packet[4] = (byte)reason;
        Appended(hasReason ? 5 : 4);
    }
}
