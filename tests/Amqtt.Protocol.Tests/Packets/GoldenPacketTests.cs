using Amqtt.Protocol.Packets;
using Amqtt.Protocol.Tests.Support;
using Amqtt.Testing.Golden;

namespace Amqtt.Protocol.Tests.Packets;

/// <summary>Every test here runs over the whole table.</summary>
public sealed class GoldenPacketTests
{
    public static TheoryData<string> Names => [.. GoldenPackets.All.Select(packet => packet.Name)];

    public static TheoryData<string> ValidNames => [.. GoldenPackets.All.Where(packet => packet.Expected is not null).Select(packet => packet.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Decodes_to_the_packet_or_the_reason(string name)
    {
        var golden = GoldenPackets.Find(name);
        if (golden.Expected is not null)
        {
            Assert.Equal(Dump.Of(golden.Expected), Dump.Of(PacketStream.DecodeOne(golden.Version, golden.Wire, golden.Sender)));
            return;
        }

        var error = Assert.ThrowsAny<CodecException>(() => PacketStream.DecodeOne(golden.Version, golden.Wire, golden.Sender));
        Assert.Equal(golden.Reason, error.Reason);
        Assert.NotEmpty(error.Message);
    }

    [Theory]
    [MemberData(nameof(ValidNames))]
    public void Encodes_to_the_bytes_or_to_an_equal_packet(string name)
    {
        var golden = GoldenPackets.Find(name);
        var encoded = PacketCodec.Encode(golden.Expected!, golden.Version);
        if (golden.IsCanonical) Assert.Equal(Convert.ToHexString(golden.Wire), Convert.ToHexString(encoded));
        Assert.Equal(Dump.Of(golden.Expected), Dump.Of(PacketStream.DecodeOne(golden.Version, encoded, golden.Sender)));
    }

    [Theory]
    [MemberData(nameof(ValidNames))]
    public void Is_not_complete_before_its_last_byte(string name)
    {
        var golden = GoldenPackets.Find(name);
        for (var length = 0; length < golden.Wire.Length; length++)
        {
            Assert.Empty(new PacketStream(golden.Version).Add(golden.Wire.AsSpan(0, length)));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Cut_short_is_another_packet_or_a_codec_error(string name)
    {
        var golden = GoldenPackets.Find(name);
        FrameHeader.TryRead(golden.Wire, int.MaxValue, out var header);
        for (var length = 0; length < header.RemainingLength; length++)
        {
            var body = golden.Wire.AsSpan(header.HeaderLength, length);
            try
            {
                // A payload, a list or an optional tail may end anywhere; what comes out is a packet that stands on its own.
                var packet = PacketCodec.Decode(golden.Version, header.FirstByte, body, golden.Sender);
                Assert.NotEmpty(PacketCodec.Encode(packet, golden.Version));
            }
            catch (CodecException)
            {
                // The other permitted outcome.
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Refusals_name_the_packet_and_the_place(string name)
    {
        var golden = GoldenPackets.Find(name);
        if (golden.Expected is not null) return;
        var error = Assert.ThrowsAny<CodecException>(() => PacketStream.DecodeOne(golden.Version, golden.Wire, golden.Sender));
        Assert.Matches("^([A-Z]+, byte [0-9]+ after the fixed header|fixed header 0x[0-9A-F]{2}): .+\\.$", error.Message);
    }

    [Theory]
    [InlineData(ProtocolVersion.V31)]
    [InlineData(ProtocolVersion.V311)]
    [InlineData(ProtocolVersion.V5)]
    public void A_stream_of_all_packets_reads_the_same_in_chunks_of_any_size(ProtocolVersion version)
    {
        var golden = GoldenPackets.All.Where(packet => packet.Version == version && packet.Expected is not null).ToList();
        byte[] stream = [.. golden.SelectMany(packet => packet.Wire)];
        var expected = golden.ConvertAll(packet => Dump.Of(packet.Expected));
        foreach (var size in (int[])[1, 2, 3, 7, 64, 1000, stream.Length])
        {
            var reader = new PacketStream(version);
            var actual = stream.Chunk(size).SelectMany(chunk => reader.Add(chunk)).Select(Dump.Of).ToList();
            Assert.Equal(expected, actual);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_span_readers_agree_with_the_object_decoder(string name)
    {
        var golden = GoldenPackets.Find(name);
        FrameHeader.TryRead(golden.Wire, int.MaxValue, out var header);
        FrameAgreement.Check(golden.Version, header.FirstByte, golden.Wire.AsSpan(header.HeaderLength), golden.Sender);
    }

    [Fact]
    public void The_table_covers_every_type_in_every_version()
    {
        var all = GoldenPackets.All.ToList();
        Assert.True(all.Count >= 200);
        Assert.Equal(all.Count, all.Select(packet => packet.Name).Distinct(StringComparer.Ordinal).Count());
        foreach (var version in Enum.GetValues<ProtocolVersion>())
        {
            var types = all.Where(packet => packet.Version == version && packet.Expected is not null).Select(packet => packet.Expected!.Type).Distinct().Count();
            Assert.Equal(version == ProtocolVersion.V5 ? 15 : 14, types);
        }
    }
}
