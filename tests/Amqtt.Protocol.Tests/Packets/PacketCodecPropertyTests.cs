using Amqtt.Protocol.Packets;
using Amqtt.Protocol.Tests.Support;
using Amqtt.Testing.Golden;
using CsCheck;

namespace Amqtt.Protocol.Tests.Packets;

public sealed class PacketCodecPropertyTests
{
    private static readonly Gen<ProtocolVersion> Version = Gen.Enum<ProtocolVersion>();
    private static readonly Gen<PacketSender> Sender = Gen.Enum<PacketSender>();

    [Fact]
    public void Decoding_what_was_encoded_yields_the_packet() => PacketGen.Any.Sample(
        sample =>
        {
            var wire = PacketCodec.Encode(sample.Packet, sample.Version);
            var decoded = PacketStream.DecodeOne(sample.Version, wire);
            Assert.Equal(Dump.Of(sample.Packet), Dump.Of(decoded));
            Assert.Equal(wire, PacketCodec.Encode(decoded, sample.Version));
        },
        iter: 20_000);

    [Fact]
    public void Every_type_is_generated()
    {
        foreach (var version in Enum.GetValues<ProtocolVersion>())
        {
            var types = PacketGen.Of(version).Select(gen => gen.Single().Type).Distinct().Count();
            Assert.Equal(version == ProtocolVersion.V5 ? 15 : 14, types);
        }
    }

    [Fact]
    public void Random_bytes_are_a_packet_or_a_codec_error() =>
        Gen.Select(Version, Sender, Gen.Byte, Gen.Byte.Array[0, 60]).Sample(
            (version, sender, firstByte, body) => CheckDecode(version, sender, firstByte, body), iter: 50_000);

    [Fact]
    public void Mutated_packets_are_a_packet_or_a_codec_error()
    {
        var golden = GoldenPackets.All.ToArray();
        Gen.Select(Gen.OneOf(golden), Version, Sender, Gen.Select(Gen.Int[0, 400], Gen.Byte).Array[0, 4]).Sample(
            (packet, version, sender, mutations) =>
            {
                FrameHeader.TryRead(packet.Wire, int.MaxValue, out var header);
                var body = packet.Wire[header.HeaderLength..];
                foreach (var (position, value) in mutations)
                {
                    if (position < body.Length) body[position] = value;
                }

                CheckDecode(version, sender, packet.Wire[0], body);
            },
            iter: 50_000);
    }

    [Fact]
    public void Random_streams_are_packets_or_a_codec_error() =>
        Gen.Select(Version, Gen.Byte.Array[0, 80].Array[0, 4]).Sample(
            (version, chunks) =>
            {
                var stream = new PacketStream(version, maxPacketSize: 10_000);
                try
                {
                    foreach (var chunk in chunks) stream.Add(chunk);
                }
                catch (CodecException)
                {
                    // A stream ends at its first error.
                }
            },
            iter: 20_000);

    [Fact]
    public void Any_split_of_a_stream_yields_the_same_packets() =>
        Version.SelectMany(version => Gen.Select(Gen.Const(version), Gen.OneOf<MqttPacket>(PacketGen.Of(version)).List[1, 6], Gen.Int[1, 40].Array[1, 10])).Sample(
            (version, packets, sizes) =>
            {
                ReadOnlySpan<byte> bytes = packets.SelectMany(packet => PacketCodec.Encode(packet, version)).ToArray();
                var stream = new PacketStream(version);
                var read = new List<MqttPacket>();
                for (var i = 0; !bytes.IsEmpty; i++)
                {
                    var size = Math.Min(sizes[i % sizes.Length], bytes.Length);
                    read.AddRange(stream.Add(bytes[..size]));
                    bytes = bytes[size..];
                }

                Assert.Equal(packets.Select(Dump.Of), read.Select(Dump.Of));
            },
            iter: 2000);

    /// <summary>Nothing but the codec's own error comes out; what is accepted can be sent on; the span readers agree.</summary>
    private static void CheckDecode(ProtocolVersion version, PacketSender sender, byte firstByte, byte[] body)
    {
        FrameAgreement.Check(version, firstByte, body, sender);
        MqttPacket packet;
        try
        {
            packet = PacketCodec.Decode(version, firstByte, body, sender);
        }
        catch (CodecException)
        {
            return;
        }

        Assert.StartsWith(packet.Type.ToString(), packet.ToString(), StringComparison.OrdinalIgnoreCase);
        if (packet is ConnectPacket connect) version = connect.Version;
        var again = PacketStream.DecodeOne(version, PacketCodec.Encode(packet, version), sender);
        Assert.Equal(Dump.Of(packet), Dump.Of(again));
    }
}
