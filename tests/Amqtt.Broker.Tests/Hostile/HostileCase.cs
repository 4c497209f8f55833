using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing.Golden;

namespace Amqtt.Broker.Tests.Hostile;

/// <summary>What has to come back for bytes that no client should send. The connection is closed after all of them but the last.</summary>
internal enum Outcome
{
    /// <summary>CONNACK with the reason, then the end.</summary>
    ConnAck,

    /// <summary>DISCONNECT with the reason, then the end.</summary>
    Disconnect,

    /// <summary>The end, without a word.</summary>
    Closed,

    /// <summary>The answers of the case, and the connection works on.</summary>
    GoesOn,
}

/// <summary>Bytes that no client should send, and what must come of them.</summary>
/// <param name="Name">Unique; starts with the protocol version.</param>
/// <param name="Opening">The version of the CONNECT that precedes the bytes; null if they are the first.</param>
/// <param name="Version">How the answer is encoded.</param>
/// <param name="Bytes">The bytes.</param>
/// <param name="Outcome">What comes back.</param>
/// <param name="Reason">Its reason, where it has one.</param>
/// <param name="Answers">The packets that come before, in the notation of golden packets.</param>
internal sealed record HostileCase(
    string Name, ProtocolVersion? Opening, ProtocolVersion Version, byte[] Bytes, Outcome Outcome, ReasonCode Reason = default, string Answers = "")
{
    /// <summary>The CONNECT that precedes the bytes.</summary>
    public byte[] OpeningBytes => Opening is not { } version
        ? []
        : PacketCodec.Encode(new ConnectPacket { Version = version, ClientId = "hostile", CleanStart = true, KeepAlive = 60 }, version);

    public override string ToString() => Name;
}

/// <summary>All cases: the refused packets of the golden table as a client would send them, and what only a sequence can do wrong.</summary>
internal static class HostileCases
{
    // What is no CONNECT of MQTT gets no answer at all [MQTT-3.1.2-1]; a version older than 5 that we do not know, the answer of the older ones [v4:3.1.2-2].
    private static readonly Dictionary<string, (ProtocolVersion Version, Outcome Outcome, ReasonCode Reason)> Exceptions = new()
    {
        ["5.0 CONNECT header flags"] = (ProtocolVersion.V5, Outcome.Closed, default),
        ["5.0 CONNECT other protocol name"] = (ProtocolVersion.V5, Outcome.Closed, default),
        ["5.0 CONNECT MQTT level 0"] = (ProtocolVersion.V311, Outcome.ConnAck, ReasonCode.UnsupportedProtocolVersion),
        ["5.0 CONNECT MQTT level 3"] = (ProtocolVersion.V311, Outcome.ConnAck, ReasonCode.UnsupportedProtocolVersion),
        ["3.1.1 CONNECT MQIsdp level 4"] = (ProtocolVersion.V311, Outcome.ConnAck, ReasonCode.UnsupportedProtocolVersion),
        ["3.1.1 CONNECT MQTT level 6"] = (ProtocolVersion.V311, Outcome.ConnAck, ReasonCode.UnsupportedProtocolVersion),
    };

    public static IEnumerable<HostileCase> All => [.. FromGoldenPackets, .. SequenceCases.All];

    public static HostileCase Find(string name) => All.Single(candidate => candidate.Name == name);

    private static IEnumerable<HostileCase> FromGoldenPackets =>
        from packet in GoldenPackets.All
        where packet.Reason is not null && packet.Sender != PacketSender.Server
        select FromGolden(packet);

    private static HostileCase FromGolden(GoldenPacket packet)
    {
        var type = (PacketType)(packet.Wire[0] >> 4);
        ProtocolVersion? opening = type == PacketType.Connect ? null : packet.Version;
        if (Exceptions.TryGetValue(packet.Name, out var exception))
            return new HostileCase(packet.Name, opening, exception.Version, packet.Wire, exception.Outcome, exception.Reason);
        if (packet.Version != ProtocolVersion.V5) return new HostileCase(packet.Name, opening, packet.Version, packet.Wire, Outcome.Closed); // [v4:4.8.0-1]
        // The wrong direction is seen before the body is.
        bool isServers = type is PacketType.ConnAck or PacketType.SubAck or PacketType.UnsubAck && !packet.Name.EndsWith("header flags", StringComparison.Ordinal);
        return new HostileCase(
            packet.Name, opening, ProtocolVersion.V5, packet.Wire,
            opening is null ? Outcome.ConnAck : Outcome.Disconnect, isServers ? ReasonCode.ProtocolError : packet.Reason!.Value); // [MQTT-4.13.1-1]
    }
}
