using System.Text.Json;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Fuzz;

/// <summary>
/// The decoder by itself: it refuses with its own exception and a code that can be told to the sender, or yields a packet that is the same after being written and read.
/// </summary>
internal static class DecoderTarget
{
    private const int LongestHeader = 5;

    public static void Check(ReadOnlySpan<byte> input)
    {
        CheckHeader(input);
        foreach (ProtocolVersion version in Enum.GetValues<ProtocolVersion>())
        {
            MqttPacket? packet = Read(version, input, PacketSender.Either);
            foreach (PacketSender sender in (ReadOnlySpan<PacketSender>)[PacketSender.Client, PacketSender.Server])
            {
                if (Read(version, input, sender) is { } sent && !IsSame(sent, packet)) throw new InvalidOperationException($"{sent} of a {sender} is {packet} of anybody");
            }

            if (packet is not null) CheckWritten(packet, version);
        }
    }

    /// <summary>The header that arrives byte by byte is the one that arrives at once.</summary>
    private static void CheckHeader(ReadOnlySpan<byte> input)
    {
        string whole = ReadHeader(input[..Math.Min(input.Length, LongestHeader)]);
        for (int length = 0; length < Math.Min(input.Length, LongestHeader); length++)
        {
            string part = ReadHeader(input[..length]);
            if (part.Length > 0 && part != whole) throw new InvalidOperationException($"the first {length} bytes are a header: {part}; with the next ones it is: {whole}");
        }
    }

    private static string ReadHeader(ReadOnlySpan<byte> input)
    {
        try
        {
            return FrameHeader.TryRead(input, int.MaxValue, out FrameHeader header) ? $"{header.FirstByte} {header.HeaderLength} {header.RemainingLength}" : "";
        }
        catch (CodecException wrong)
        {
            return wrong.Reason.ToString();
        }
    }

    private static MqttPacket? Read(ProtocolVersion version, ReadOnlySpan<byte> input, PacketSender sender)
    {
        try
        {
            if (!FrameHeader.TryRead(input, int.MaxValue, out FrameHeader header) || input.Length < header.TotalLength) return null;
            return PacketCodec.Decode(version, header.FirstByte, input.Slice(header.HeaderLength, header.RemainingLength), sender);
        }
        catch (CodecException wrong)
        {
            // [MQTT-4.13.1-1]: whatever is wrong is said in CONNACK or DISCONNECT.
            if (!wrong.Reason.IsError() || !(wrong.Reason.IsAllowedIn(PacketType.ConnAck) || wrong.Reason.IsAllowedIn(PacketType.Disconnect)))
                throw new InvalidOperationException($"{wrong.Reason} is no code for a wrong packet", wrong);
            return null;
        }
    }

    private static void CheckWritten(MqttPacket packet, ProtocolVersion version)
    {
        byte[] written = PacketCodec.Encode(packet, version);
        MqttPacket? again = Read(version, written, PacketSender.Either);
        if (!IsSame(packet, again)) throw new InvalidOperationException($"{packet} is {again} after being written and read");
        if (!written.AsSpan().SequenceEqual(PacketCodec.Encode(again!, version))) throw new InvalidOperationException($"{packet} is written in two ways");
    }

    // Every property that a packet has, whoever adds one; its own text leaves out payloads and passwords.
    private static bool IsSame(MqttPacket one, MqttPacket? other) =>
        one.GetType() == other?.GetType() && JsonSerializer.Serialize(one, one.GetType()) == JsonSerializer.Serialize(other, other.GetType());
}
