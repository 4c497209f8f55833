namespace Amqtt.Protocol.Tests.Framing;

public sealed class FrameHeaderTests
{
    [Theory]
    [InlineData("")]
    [InlineData("30")]
    [InlineData("3080")]
    [InlineData("30FFFFFF")]
    public void An_incomplete_header_asks_for_more(string hex) =>
        Assert.False(FrameHeader.TryRead(Convert.FromHexString(hex), int.MaxValue, out _));

    [Theory]
    [InlineData("3000", 2, 0)]
    [InlineData("327F", 2, 127)]
    [InlineData("308001", 3, 128)]
    [InlineData("30FFFFFF7F", 5, 268_435_455)]
    public void A_header_is_read_before_its_body_has_arrived(string hex, int headerLength, int remainingLength)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.True(FrameHeader.TryRead(bytes, int.MaxValue, out var header));
        Assert.Equal((bytes[0], PacketType.Publish, bytes[0] & 0x0F), (header.FirstByte, header.Type, (int)header.Flags));
        Assert.Equal((headerLength, remainingLength, headerLength + remainingLength), (header.HeaderLength, header.RemainingLength, header.TotalLength));
        var same = new FrameHeader(bytes[0], remainingLength);
        Assert.Equal(header.TotalLength, same.TotalLength);
    }

    [Theory]
    [InlineData("30FFFFFFFF")]
    [InlineData("3080808080")]
    [InlineData("308000")]
    public void A_bad_length_is_malformed(string hex) =>
        Assert.Equal(ReasonCode.MalformedPacket, Assert.Throws<CodecException>(() => FrameHeader.TryRead(Convert.FromHexString(hex), int.MaxValue, out _)).Reason);

    [Fact]
    public void Too_large_is_said_as_soon_as_the_header_says_it()
    {
        byte[] bytes = [0x30, 0x80, 0x01]; // 128 bytes announced, 131 in all, none arrived
        Assert.True(FrameHeader.TryRead(bytes, 131, out _));
        Assert.Equal(ReasonCode.PacketTooLarge, Assert.Throws<CodecException>(() => FrameHeader.TryRead(bytes, 130, out _)).Reason);
    }

    /// <summary>The first bytes that exist in each version, written out: [MQTT-2.1.3-1], and 3.1's DUP flag and CONNECT.</summary>
    [Theory]
    [InlineData(ProtocolVersion.V31, "10-1F 20 30-35 38-3D 40 50 62 6A 70 82 8A 90 A2 AA B0 C0 D0 E0")]
    [InlineData(ProtocolVersion.V311, "10 20 30-35 38-3D 40 50 62 70 82 90 A2 B0 C0 D0 E0")]
    [InlineData(ProtocolVersion.V5, "10 20 30-35 38-3D 40 50 62 70 82 90 A2 B0 C0 D0 E0 F0")]
    public void Only_these_first_bytes_are_valid(ProtocolVersion version, string set)
    {
        var valid = set.Split(' ').SelectMany(range =>
        {
            var ends = range.Split('-').Select(hex => (int)Convert.FromHexString(hex)[0]).ToArray();
            return Enumerable.Range(ends[0], ends[^1] - ends[0] + 1);
        }).ToHashSet();

        for (var first = 0; first <= byte.MaxValue; first++)
        {
            var header = new FrameHeader((byte)first, 0);
            if (valid.Contains(first)) header.ValidateFlags(version);
            else Assert.Equal(ReasonCode.MalformedPacket, Assert.Throws<CodecException>(() => header.ValidateFlags(version)).Reason);
        }
    }
}
