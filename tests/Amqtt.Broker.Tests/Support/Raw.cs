using Amqtt.Protocol;
using Amqtt.Testing.Golden;

namespace Amqtt.Broker.Tests.Support;

/// <summary>Packets as bytes, valid or not, with the lengths counted.</summary>
internal static class Raw
{
    /// <summary>A packet whose body is in the notation of golden packets; its length is put before it.</summary>
    public static byte[] Packet(byte first, string body) => Packet(first, Notations.ToBytes(body));

    /// <summary>A packet with this body; its length is put before it.</summary>
    public static byte[] Packet(byte first, params ReadOnlySpan<byte> body)
    {
        byte[] header = new byte[5];
        header[0] = first;
        int length = 1 + Wire.WriteVariableByteInteger(header.AsSpan(1), body.Length);
        return [.. header.AsSpan(0, length), .. body];
    }

    /// <summary>A CONNECT of that version, up to and including the keep-alive; from the properties on it is in the notation of golden packets.</summary>
    public static byte[] Connect(ProtocolVersion version, byte flags, string rest) =>
        Packet(0x10, $"{(version == ProtocolVersion.V31 ? "0006 'MQIsdp'" : "0004 'MQTT'")} {(byte)version:X2} {flags:X2} 0000 {rest}");

    /// <summary>A string or binary field of these bytes.</summary>
    public static string Field(string hex) => $"{hex.Replace(" ", "", StringComparison.Ordinal).Length / 2:X4} {hex}";

    /// <summary>An empty property block where the version has one.</summary>
    public static string NoProperties(this ProtocolVersion version) => version == ProtocolVersion.V5 ? "00" : "";
}
