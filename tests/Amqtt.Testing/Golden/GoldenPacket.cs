using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Testing.Golden;

/// <summary>
/// One row of the table. <paramref name="Notation"/> is the whole packet: hexadecimal digits, and ASCII text in single quotes.
/// </summary>
/// <param name="Name">Unique; starts with the protocol version.</param>
/// <param name="Version">The version of the connection.</param>
/// <param name="Notation">The bytes.</param>
/// <param name="Expected">What it decodes to, if it is valid.</param>
/// <param name="Reason">Why it is refused, if it is not.</param>
/// <param name="Sender">The side it comes from, where that matters.</param>
/// <param name="IsCanonical">Whether encoding <paramref name="Expected"/> yields these very bytes.</param>
public sealed record GoldenPacket(
    string Name, ProtocolVersion Version, string Notation, MqttPacket? Expected, ReasonCode? Reason, PacketSender Sender, bool IsCanonical)
{
    public byte[] Wire { get; } = Notations.ToBytes(Notation);

    public override string ToString() => Name;
}
