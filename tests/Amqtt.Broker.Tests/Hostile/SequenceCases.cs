using Amqtt.Protocol;
using Amqtt.Testing.Golden;
using static Amqtt.Broker.Tests.Hostile.Outcome;
using static Amqtt.Protocol.ProtocolVersion;

namespace Amqtt.Broker.Tests.Hostile;

/// <summary>Packets that are well-formed, or begin to be, and wrong at their place.</summary>
internal static class SequenceCases
{
    public static IEnumerable<HostileCase> All =>
    [
        .. BeforeConnect,
        .. SecondConnect,
        .. Lengths,
        .. Version5,
        .. Unknown,
    ];

    /// <summary>[MQTT-3.1.0-1]: whatever is not CONNECT ends the connection, and speaks no version that an answer could be in.</summary>
    private static IEnumerable<HostileCase> BeforeConnect =>
    [
        First("CONNACK", "20 02 0000"),
        First("PUBLISH QoS 0", "30 04 0001 'a' 'x'"),
        First("PUBLISH QoS 1", "32 06 0001 'a' 0001 'x'"),
        First("PUBLISH QoS 2", "34 06 0001 'a' 0001 'x'"),
        First("PUBACK", "40 02 0001"),
        First("PUBREC", "50 02 0001"),
        First("PUBREL", "62 02 0001"),
        First("PUBCOMP", "70 02 0001"),
        First("SUBSCRIBE", "82 06 0001 0001 '#' 00"),
        First("SUBACK", "90 03 0001 00"),
        First("UNSUBSCRIBE", "A2 05 0001 0001 '#'"),
        First("UNSUBACK", "B0 02 0001"),
        First("PINGREQ", "C0 00"),
        First("PINGRESP", "D0 00"),
        First("DISCONNECT", "E0 00"),
        First("AUTH", "F0 00"),
        First("reserved type 0", "00 00"),
        First("an HTTP request", "'GET / HTTP/1.1' 0D0A 0D0A"),
        First("a TLS handshake", "16 03 01 00 01 00"),
        First("zeros", "00 00 00 00 00 00 00 00"),
        First("a remaining length of five bytes", "10 FF FF FF FF 01"),
        First("a CONNECT that is too large", "10 FF FF FF 7F"),
    ];

    private static IEnumerable<HostileCase> SecondConnect =>
    [
        After(V31, "second CONNECT", "10 0F 0006 'MQIsdp' 03 02 003C 0001 'a'", Closed),
        After(V311, "second CONNECT", "10 0D 0004 'MQTT' 04 02 003C 0001 'a'", Closed),
        After(V5, "second CONNECT", "10 0E 0004 'MQTT' 05 02 003C 00 0001 'a'", Disconnect, ReasonCode.ProtocolError),
        After(V5, "second CONNECT of a version there is not", "10 0E 0004 'MQTT' 09 02 003C 00 0001 'a'", Disconnect, ReasonCode.ProtocolError),
        After(V5, "second CONNECT of a protocol there is not", "10 0E 0004 'MQTX' 05 02 003C 00 0001 'a'", Disconnect, ReasonCode.ProtocolError),
        After(V5, "second CONNECT with a will", "10 15 0004 'MQTT' 05 06 003C 00 0001 'a' 00 0001 'w' 0001 'x'", Disconnect, ReasonCode.ProtocolError),
    ];

    private static IEnumerable<HostileCase> Lengths =>
    [
        After(V31, "remaining length of five bytes", "30 FF FF FF FF 01", Closed),
        After(V311, "remaining length of five bytes", "30 FF FF FF FF 01", Closed),
        After(V5, "remaining length of five bytes", "30 FF FF FF FF 01", Disconnect, ReasonCode.MalformedPacket),
        After(V311, "remaining length of continuation bytes alone", "30 80 80 80 80 80 80 80 80", Closed),
        After(V5, "remaining length of continuation bytes alone", "30 80 80 80 80 80 80 80 80", Disconnect, ReasonCode.MalformedPacket),
        After(V311, "packet of 256 MB announced", "30 FF FF FF 7F", Closed),
        After(V5, "packet of 256 MB announced", "30 FF FF FF 7F", Disconnect, ReasonCode.PacketTooLarge),
        After(V5, "packet one byte too large", "30 FE FF 3F", Disconnect, ReasonCode.PacketTooLarge),
    ];

    private static IEnumerable<HostileCase> Version5 =>
    [
        After(V5, "AUTH without a method in CONNECT", "F0 06 18 04 15 0001 'M'", Disconnect, ReasonCode.ProtocolError),
        After(V5, "re-authentication without a method in CONNECT", "F0 06 19 04 15 0001 'M'", Disconnect, ReasonCode.ProtocolError),
        After(V5, "topic alias above the maximum", "30 08 0001 'a' 03 23 0011 'x'", Disconnect, ReasonCode.TopicAliasInvalid),
        After(V5, "topic alias that was never set", "30 07 0000 03 23 0001 'x'", Disconnect, ReasonCode.ProtocolError),
        After(V5, "DISCONNECT that raises an expiry of 0", "E0 07 00 05 11 0000000A", Disconnect, ReasonCode.ProtocolError),
        After(V5, "33 QoS 2 messages without PUBREL", string.Join(' ', Enumerable.Range(1, 33).Select(id => $"34 06 0001 'a' {id:X4} 00")),
            Disconnect, ReasonCode.ReceiveMaximumExceeded, string.Join(' ', Enumerable.Range(1, 32).Select(id => $"50 03 {id:X4} 10"))),
        After(V5, "shared subscription with No Local", "82 10 0001 00 000A '$share/g/a' 04", Disconnect, ReasonCode.ProtocolError),
        After(V5, "subscription identifier 0", "82 09 0001 02 0B 00 0001 'a' 00", Disconnect, ReasonCode.ProtocolError),
        After(V5, "SUBSCRIBE with reserved option bits", "82 07 0001 00 0001 'a' C0", Disconnect, ReasonCode.MalformedPacket),
        After(V5, "SUBSCRIBE with Retain Handling 3", "82 07 0001 00 0001 'a' 30", Disconnect, ReasonCode.ProtocolError),
    ];

    /// <summary>What looks wrong and is not: it is answered, and the connection works on.</summary>
    private static IEnumerable<HostileCase> Unknown =>
    [
        After(V311, "PUBACK of nothing", "40 02 0007", GoesOn),
        After(V5, "PUBACK of nothing", "40 02 0007", GoesOn),
        After(V311, "PUBCOMP of nothing", "70 02 0007", GoesOn),
        After(V5, "PUBCOMP of nothing", "70 02 0007", GoesOn),
        After(V311, "PUBREC of nothing", "50 02 0007", GoesOn, answers: "62 02 0007"),
        After(V5, "PUBREC of nothing", "50 02 0007", GoesOn, answers: "62 03 0007 92"),
        After(V311, "PUBREL of nothing", "62 02 0007", GoesOn, answers: "70 02 0007"), // P-C10
        After(V5, "PUBREL of nothing", "62 02 0007", GoesOn, answers: "70 03 0007 92"),
        After(V311, "UNSUBSCRIBE of nothing", "A2 05 0007 0001 'a'", GoesOn, answers: "B0 02 0007"),
        After(V5, "UNSUBSCRIBE of nothing", "A2 06 0007 00 0001 'a'", GoesOn, answers: "B0 04 0007 00 11"),
        After(V311, "filter with # before the end", "82 0A 0007 0005 'a/#/b' 01", GoesOn, answers: "90 03 0007 80"), // P-C14
        After(V5, "filter with # before the end", "82 0B 0007 00 0005 'a/#/b' 01", GoesOn, answers: "90 04 0007 00 8F"),
        After(V311, "filter with + inside a level", "82 08 0007 0003 'a+b' 01", GoesOn, answers: "90 03 0007 80"),
        After(V5, "filter with + inside a level", "82 09 0007 00 0003 'a+b' 01", GoesOn, answers: "90 04 0007 00 8F"),
        After(V5, "share without a name", "82 0E 0007 00 0008 '$share//' 01", GoesOn, answers: "90 04 0007 00 8F"),
        After(V5, "share without a filter", "82 0E 0007 00 0008 '$share/g' 01", GoesOn, answers: "90 04 0007 00 8F"),
        After(V5, "share name with a wildcard", "82 11 0007 00 000B '$share/g+/a' 01", GoesOn, answers: "90 04 0007 00 8F"),
        After(V311, "PUBLISH below $SYS", "32 0B 0006 '$SYS/x' 0007 '!'", GoesOn, answers: "40 02 0007"), // P-C15
    ];

    private static HostileCase First(string name, string notation) => new($"First {name}", Opening: null, V5, Notations.ToBytes(notation), Closed);

    private static HostileCase After(ProtocolVersion version, string name, string notation, Outcome outcome, ReasonCode reason = default, string answers = "") =>
        new($"{version} {name}", version, version, Notations.ToBytes(notation), outcome, reason, answers);
}
