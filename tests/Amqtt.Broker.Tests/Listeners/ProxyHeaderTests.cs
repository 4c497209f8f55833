using System.Net;
using System.Text;
using Amqtt.Broker.Listeners.Proxy;
using CsCheck;

namespace Amqtt.Broker.Tests.Listeners;

/// <summary>The parser of the PROXY protocol: what it takes, what it refuses, and that it never takes a byte too much.</summary>
public sealed class ProxyHeaderTests
{
    private const string Signature = "0D0A0D0A000D0A515549540A";

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 56324 1883\r\n", "192.0.2.1:56324")]
    [InlineData("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535")]
    [InlineData("PROXY TCP6 2001:db8::1 ::1 1 0\r\n", "[2001:db8::1]:1")]
    [InlineData("PROXY TCP6 2001:0DB8:0000:0000:0000:0000:0000:0001 ::1 0 0\r\n", "[2001:db8::1]:0")]
    [InlineData("PROXY TCP6 ::ffff:192.0.2.1 ::ffff:198.51.100.1 56324 1883\r\n", "192.0.2.1:56324")]
    [InlineData("PROXY UNKNOWN\r\n", null)]
    [InlineData("PROXY UNKNOWN ffff::1 whatever 1 2 3\r\n", null)]
    public void Version_1_is_read(string line, string? source) => Reads(Encoding.ASCII.GetBytes(line), source, isLocal: source is null);

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 56324\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 56324 1883 1\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1  198.51.100.1 56324 1883\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 056324 1883\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 65536 1883\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 +1 1883\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 -1 1883\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 1 1883 \r\n")]
    [InlineData("PROXY TCP4 192.0.2 198.51.100.1 1 1883\r\n")]
    [InlineData("PROXY TCP4 0x7f.0.0.1 198.51.100.1 1 1883\r\n")]
    [InlineData("PROXY TCP4 010.0.0.1 198.51.100.1 1 1883\r\n")]
    [InlineData("PROXY TCP4 ::1 ::1 1 1883\r\n")]
    [InlineData("PROXY TCP6 192.0.2.1 192.0.2.1 1 1883\r\n")]
    [InlineData("PROXY TCP6 fe80::1%eth0 ::1 1 1883\r\n")]
    [InlineData("PROXY TCP6 [::1] ::1 1 1883\r\n")]
    [InlineData("PROXY TCP5 192.0.2.1 198.51.100.1 1 1883\r\n")]
    [InlineData("PROXY UNKNOWNS\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 56324 1883\n")]
    [InlineData("PROXY \r\n\r\n\r\n\r\n")]
    [InlineData("proxy TCP4 192.0.2.1 198.51.100.1 56324 1883\r\n")]
    [InlineData("\u0010\u0013\0\u0004MQTT\u0004\u0002\0\u003c")]
    public void Anything_else_is_refused(string line) => Assert.Throws<ProxyProtocolException>(() => ProxyHeader.TryRead(Encoding.Latin1.GetBytes(line), out _, out _));

    [Fact]
    public void A_line_is_bounded()
    {
        byte[] longest = Encoding.ASCII.GetBytes("PROXY UNKNOWN " + new string('x', 107 - 14 - 2) + "\r\n");
        Reads(longest, source: null, isLocal: true);
        byte[] longer = Encoding.ASCII.GetBytes("PROXY UNKNOWN " + new string('x', 107 - 14));
        Assert.Throws<ProxyProtocolException>(() => ProxyHeader.TryRead(longer, out _, out _));
    }

    [Theory]
    [InlineData("21 11 000C C0000201 C6336401 DC04 075B", "192.0.2.1:56324", false)]
    [InlineData("21 11 0010 C0000201 C6336401 DC04 075B 04 0001 FF", "192.0.2.1:56324", false)]
    [InlineData("21 21 0024 20010DB8000000000000000000000001 00000000000000000000000000000001 DC04 075B", "[2001:db8::1]:56324", false)]
    [InlineData("21 21 0024 00000000000000000000FFFFC0000201 00000000000000000000000000000001 DC04 075B", "192.0.2.1:56324", false)]
    [InlineData("21 00 0000", null, true)]
    [InlineData("20 00 0000", null, true)]
    [InlineData("20 11 0003 FFFFFF", null, true)]
    public void Version_2_is_read(string rest, string? source, bool isLocal) => Reads(Binary(rest), source, isLocal);

    [Fact]
    public void A_client_behind_a_unix_socket_has_no_address() => Reads(Binary("21 31 00D8" + new string('0', 432)), source: null, isLocal: false);

    [Theory]
    [InlineData("11 11 000C C0000201 C6336401 DC04 075B")] // version 1 in version 2's clothes
    [InlineData("22 11 000C C0000201 C6336401 DC04 075B")] // no such command
    [InlineData("21 12 000C C0000201 C6336401 DC04 075B")] // datagrams
    [InlineData("21 41 000C C0000201 C6336401 DC04 075B")] // no such family
    [InlineData("21 11 000B C0000201 C6336401 DC04 07")] // too short for its addresses
    [InlineData("21 21 000C C0000201 C6336401 DC04 075B")]
    [InlineData("21 11 000E C0000201 C6336401 DC04 075B 0400")] // an addition without its length
    [InlineData("21 11 000F C0000201 C6336401 DC04 075B 040001")] // an addition without its value
    [InlineData("21 11 1001")] // more than anybody needs
    public void A_malformed_version_2_is_refused(string rest) => Assert.Throws<ProxyProtocolException>(() => ProxyHeader.TryRead(Binary(rest), out _, out _));

    [Fact]
    public void Nothing_but_its_own_error_comes_of_any_bytes() => Bytes.Sample(
        static bytes =>
        {
            try
            {
                bool complete = ProxyHeader.TryRead(bytes, out ProxyHeader header, out int missing);
                return complete ? header.Length <= bytes.Length && header.Length > 0 : missing > 0 && missing <= 4112;
            }
            catch (ProxyProtocolException)
            {
                return true;
            }
        },
        iter: 20_000);

    // Random bytes hardly ever look like a header, so that most of them are one with something changed.
    private static Gen<byte[]> Bytes
    {
        get
        {
            Gen<byte[]> valid = Gen.OneOf(
                Gen.Const(Encoding.ASCII.GetBytes("PROXY TCP4 192.0.2.1 198.51.100.1 56324 1883\r\n")),
                Gen.Const(Encoding.ASCII.GetBytes("PROXY TCP6 2001:db8::1 ::1 1 0\r\n")),
                Gen.Const(Binary("21 11 0010 C0000201 C6336401 DC04 075B 04 0001 FF")),
                Gen.Const(Binary("21 21 0024 20010DB8000000000000000000000001 00000000000000000000000000000001 DC04 075B")));
            Gen<byte[]> changed = Gen.Select(valid, Gen.Int[0, 51], Gen.Byte, Gen.Int[0, 52], static (bytes, at, value, length) =>
            {
                var copy = (byte[])bytes.Clone();
                copy[at % copy.Length] = value;
                return copy[..Math.Min(length, copy.Length)];
            });
            return Gen.OneOf(Gen.Byte.Array[0, 64], changed, changed);
        }
    }

    private static byte[] Binary(string rest) => Convert.FromHexString(Signature + rest.Replace(" ", "", StringComparison.Ordinal));

    /// <summary>However the header comes in pieces, it is read the same, and what is asked for never goes beyond it.</summary>
    private static void Reads(byte[] bytes, string? source, bool isLocal)
    {
        int count = 0;
        ProxyHeader header;
        while (!ProxyHeader.TryRead(bytes.AsSpan(0, count), out header, out int missing)) count += missing;
        Assert.Equal(new ProxyHeader(bytes.Length, isLocal, source is null ? null : IPEndPoint.Parse(source)), header);
        Assert.True(ProxyHeader.TryRead([.. bytes, 0x10, 0x0D], out ProxyHeader same, out _));
        Assert.Equal(header, same);
        for (int cut = 0; cut < bytes.Length; cut++) Assert.False(ProxyHeader.TryRead(bytes.AsSpan(0, cut), out _, out _));
    }
}
