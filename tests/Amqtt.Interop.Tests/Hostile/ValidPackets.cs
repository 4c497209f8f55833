namespace Amqtt.Interop.Tests.Hostile;

/// <summary>
/// Packets that clients send, byte by byte: what mutations start from. Written down here, because nothing in these tests may lean on our codec.
/// </summary>
internal static class ValidPackets
{
    /// <summary>CONNECT, clean, keep-alive 60, with an empty client identifier: MQTT 3.1.1.</summary>
    public static byte[] ConnectV311 { get; } = Packet(0x10, "0004 4D515454 04 02 003C 0000");

    /// <summary>The same for MQTT 5.</summary>
    public static byte[] ConnectV5 { get; } = Packet(0x10, "0004 4D515454 05 02 003C 00 0000");

    /// <summary>Packets of MQTT 3.1 and 3.1.1.</summary>
    public static IReadOnlyList<byte[]> V311 { get; } =
    [
        Packet(0x10, "0006 4D5149736470 03 02 003C 0001 6D"), // CONNECT of MQTT 3.1
        Packet(0x10, "0004 4D515454 04 02 003C 0004 74657374"),
        Packet(0x10, "0004 4D515454 04 F6 003C 0004 74657374 0001 77 0004 77696C6C 0004 75736572 0004 70617373"), // will, user name, password
        Packet(0x30, "0001 61 626364"), // PUBLISH
        Packet(0x31, "0001 61 626364"),
        Packet(0x32, "0001 61 0001 6263"),
        Packet(0x3D, "0001 61 0002 6263"),
        Packet(0x40, "0001"), // PUBACK
        Packet(0x50, "0001"), // PUBREC
        Packet(0x62, "0001"), // PUBREL
        Packet(0x70, "0001"), // PUBCOMP
        Packet(0x82, "0001 0001 61 01"), // SUBSCRIBE
        Packet(0x82, "0002 0003 612F23 00 0003 622F2B 02"),
        Packet(0xA2, "0001 0001 61"), // UNSUBSCRIBE
        Packet(0xC0, ""), // PINGREQ
        Packet(0xE0, ""), // DISCONNECT
    ];

    /// <summary>Packets of MQTT 5, with properties of every kind.</summary>
    public static IReadOnlyList<byte[]> V5 { get; } =
    [
        Packet(0x10, "0004 4D515454 05 02 003C 00 0004 74657374"),
        // Session expiry, receive maximum, maximum packet size, topic aliases, problem and response information.
        Packet(0x10, "0004 4D515454 05 02 003C 14 1100000E10 210014 2700010000 22000A 1701 1901 0001 61"),
        // A will with delay, format, expiry, content type and response topic.
        Packet(0x10, "0004 4D515454 05 C6 003C 00 0001 61 14 1800000005 0101 0200000E10 03000174 08000172 0001 77 0001 78 0001 75 0001 70"),
        Packet(0x30, "0001 61 00 112233445566"), // PUBLISH
        Packet(0x32, "0001 61 0001 03 230001 7A7A"), // topic alias
        Packet(0x34, "0001 61 0003 13 0101 020000000A 03000174 08000172 09000163 6161"), // format, expiry, content type, response topic, correlation data
        Packet(0x30, "0001 61 07 26 0001 61 0001 62 6364"), // user property
        Packet(0x40, "0001 10 00"), // PUBACK
        Packet(0x50, "0001 83"), // PUBREC
        Packet(0x62, "0001 92 00"), // PUBREL
        Packet(0x70, "0001 92"), // PUBCOMP
        Packet(0x82, "0001 00 0001 61 2D"), // SUBSCRIBE, every option
        Packet(0x82, "0002 02 0B05 0001 61 01"), // subscription identifier
        Packet(0x82, "0003 00 000E 2473686172652F672F612F622F63 01"), // $share/g/a/b/c
        Packet(0xA2, "0001 00 0001 61"), // UNSUBSCRIBE
        Packet(0xC0, ""), // PINGREQ
        Packet(0xE0, "81 00"), // DISCONNECT
        Packet(0xE0, "00 05 110000000A"), // session expiry
        Packet(0xF0, "18 06 15 0003 616263"), // AUTH
    ];

    private static byte[] Packet(byte first, string body)
    {
        var bytes = Convert.FromHexString(body.Replace(" ", "", StringComparison.Ordinal));
        return [first, (byte)bytes.Length, .. bytes];
    }
}
