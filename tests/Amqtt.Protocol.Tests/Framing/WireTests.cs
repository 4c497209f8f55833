using CsCheck;

namespace Amqtt.Protocol.Tests.Framing;

public sealed class WireTests
{
    [Theory]
    [InlineData(0, "00")]
    [InlineData(127, "7F")]
    [InlineData(128, "8001")]
    [InlineData(16_383, "FF7F")]
    [InlineData(16_384, "808001")]
    [InlineData(2_097_151, "FFFF7F")]
    [InlineData(2_097_152, "80808001")]
    [InlineData(268_435_455, "FFFFFF7F")]
    public void Variable_byte_integers_at_their_borders(int value, string hex)
    {
        var bytes = new byte[4];
        var length = Wire.WriteVariableByteInteger(bytes, value);
        Assert.Equal(hex, Convert.ToHexString(bytes, 0, length));
        Assert.Equal(length, Wire.VariableByteIntegerLength(value));
        Assert.True(Wire.TryReadVariableByteInteger(bytes.AsSpan(0, length), out var read, out var readLength));
        Assert.Equal((value, length), (read, readLength));
        for (var cut = 0; cut < length; cut++) Assert.False(Wire.TryReadVariableByteInteger(bytes.AsSpan(0, cut), out _, out _));
    }

    [Theory]
    [InlineData("8000")]
    [InlineData("808000")]
    [InlineData("FF8000")]
    [InlineData("80808080")]
    [InlineData("FFFFFF80")]
    [InlineData("FFFFFFFF01")]
    public void Variable_byte_integers_that_are_too_long_or_not_shortest_are_malformed(string hex)
    {
        var error = Assert.Throws<CodecException>(() => Wire.TryReadVariableByteInteger(Convert.FromHexString(hex), out _, out _));
        Assert.Equal(ReasonCode.MalformedPacket, error.Reason);
    }

    [Fact]
    public void Variable_byte_integers_round_trip() => Gen.Int[0, Wire.MaxVariableByteInteger].Sample(value =>
    {
        Span<byte> bytes = stackalloc byte[4];
        var length = Wire.WriteVariableByteInteger(bytes, value);
        Assert.True(Wire.TryReadVariableByteInteger(bytes, out var read, out var readLength));
        Assert.Equal((value, length), (read, readLength));
    });

    [Theory]
    [InlineData(-1)]
    [InlineData(268_435_456)]
    public void Values_beyond_the_type_are_the_callers_error(int value) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Wire.WriteVariableByteInteger(new byte[8], value));

    [Fact]
    public void Fields_of_fixed_width_are_big_endian()
    {
        var bytes = new byte[9];
        Assert.Equal(2, Wire.WriteUInt16(bytes, 0x0102));
        Assert.Equal(4, Wire.WriteUInt32(bytes.AsSpan(2), 0x03040506));
        Assert.Equal(3, Wire.WriteString(bytes.AsSpan(6), "a"u8));
        Assert.Equal("010203040506000161", Convert.ToHexString(bytes));
        Assert.Equal(0x0102, Wire.ReadUInt16(bytes));
        Assert.Equal(0x03040506u, Wire.ReadUInt32(bytes.AsSpan(2)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Wire.WriteBinary(new byte[70_000], new byte[65_536]));
    }
}
