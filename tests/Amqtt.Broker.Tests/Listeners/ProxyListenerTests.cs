using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Amqtt.Broker.Configuration;
using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Listeners;

/// <summary>Listeners behind a proxy: who the client is, and who may say so.</summary>
public sealed class ProxyListenerTests
{
    private static readonly byte[] Version1 = Encoding.ASCII.GetBytes("PROXY TCP4 192.0.2.1 198.51.100.1 56324 1883\r\n");
    private static readonly byte[] Version2 = Convert.FromHexString("0D0A0D0A000D0A515549540A2121002420010DB800000000000000000000000100000000000000000000000000000001DC04075B");
    private static readonly byte[] Local = Convert.FromHexString("0D0A0D0A000D0A515549540A20000000");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_client_is_who_the_header_says(bool tls)
    {
        using var certificate = new TestCertificate("proxied");
        var peers = new PeerRecorder();
        await using TestBroker broker = await StartAsync(peers, options => UseTls(options, tls ? certificate : null));
        await using WireClient first = await BehindAsync(broker, Version1, tls);
        await first.ConnectAsync("first");
        Assert.Equal("first 192.0.2.1:56324", await peers.NextAsync());
        await using WireClient second = await BehindAsync(broker, Version2, tls);
        await second.ConnectAsync("second", ProtocolVersion.V5);
        Assert.Equal("second 2001:db8::1:56324", await peers.NextAsync());
    }

    [Fact]
    public async Task A_proxy_that_speaks_for_itself_has_its_own_address()
    {
        var peers = new PeerRecorder();
        await using TestBroker broker = await StartAsync(peers);
        await using WireClient client = await BehindAsync(broker, Local);
        await client.ConnectAsync("checker");
        Assert.StartsWith("checker 127.0.0.1:", await peers.NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Header_and_packets_may_come_in_one_piece_or_in_many()
    {
        await using TestBroker broker = await StartAsync(new PeerRecorder());
        byte[] bytes = [.. Version1, .. PacketCodec.Encode(new ConnectPacket { ClientId = "pieces", Version = ProtocolVersion.V311, CleanStart = true }, ProtocolVersion.V311), 0xC0, 0];
        await using WireClient whole = await BehindAsync(broker, bytes);
        await whole.ExpectHexAsync("20 02 00 00 D0 00");
        await using WireClient pieces = await BehindAsync(broker, bytes[..1]);
        foreach (byte one in bytes[1..]) await pieces.SendAsync(one);
        await pieces.ExpectHexAsync("20 02 00 00 D0 00");
    }

    [Theory]
    [InlineData("10 0E 00 04 4D 51 54 54 04 02 00 3C 00 02 68 69")] // a client, not a proxy
    [InlineData("50 52 4F 58 59 20 54 43 50 35 20 0D 0A")]
    public async Task Whatever_else_comes_first_is_closed(string hex)
    {
        await using TestBroker broker = await StartAsync(new PeerRecorder());
        await using WireClient client = await BehindAsync(broker, Hex.Parse(hex));
        await client.ExpectClosedAsync();
        await using WireClient next = await BehindAsync(broker, Version1);
        await next.ConnectAsync("next");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nobody_but_the_proxy_is_listened_to(bool tls)
    {
        using var certificate = new TestCertificate("proxied");
        await using TestBroker broker = await StartAsync(new PeerRecorder(), options =>
        {
            options.ProxyFrom = AddressRanges.Of("10.0.0.0/8", "::1");
            UseTls(options, tls ? certificate : null);
        });
        await using WireClient client = await BehindAsync(broker, Version1);
        await client.ExpectClosedAsync();
        Assert.Contains(broker.Log.Lines, static line => line.Text.Contains("is not in proxy_from", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_header_that_does_not_come_gives_its_slot_back(bool tls)
    {
        using var certificate = new TestCertificate("proxied");
        await using TestBroker broker = await StartAsync(new PeerRecorder(), options =>
        {
            options.MaxConnections = 1;
            UseTls(options, tls ? certificate : null);
        });
        await using WireClient silent = await BehindAsync(broker, Version1[..10]);
        await using (WireClient refused = await BehindAsync(broker, Version1, tls))
        {
            await refused.SendAsync(new ConnectPacket { ClientId = "refused", Version = ProtocolVersion.V311, CleanStart = true });
            await refused.ExpectAsync(new ConnAckPacket { Reason = ReasonCode.ServerUnavailable });
        }

        broker.Time.Advance(TimeSpan.FromSeconds(21));
        await silent.ExpectClosedAsync();
        await using WireClient next = await BehindAsync(broker, Version1, tls);
        await next.ConnectAsync("next");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Limits_by_address_count_the_address_that_the_header_names(bool tls)
    {
        using var certificate = new TestCertificate("proxied");
        await using TestBroker broker = await StartAsync(new PeerRecorder(), options =>
        {
            options.Limits.MaxConnectionsPerAddress = 2;
            options.Limits.ConnectRatePerAddress = 3;
            UseTls(options, tls ? certificate : null);
        });
        var clients = new List<WireClient>();
        for (int i = 0; i < 2; i++) clients.Add(await ConnectAsync("192.0.2.1", $"a{i}"));
        await RefusedAsync("192.0.2.1", "max_connections_per_address");
        clients.Add(await ConnectAsync("192.0.2.2", "b")); // through the same proxy

        await clients[0].DisconnectAsync();
        await clients[1].DisconnectAsync();
        clients.Add(await ConnectAsync("192.0.2.1", "a2"));
        await RefusedAsync("192.0.2.1", "connect_rate_per_address");
        foreach (WireClient client in clients) await client.DisposeAsync();

        async Task<WireClient> ConnectAsync(string address, string clientId)
        {
            WireClient client = await BehindAsync(broker, From(address), tls);
            await client.ConnectAsync(clientId);
            return client;
        }

        async Task RefusedAsync(string address, string limit)
        {
            await using WireClient client = await BehindAsync(broker, From(address)); // before any handshake
            await client.ExpectClosedAsync();
            Assert.Equal(1, broker.Refusals(limit));
        }

        static byte[] From(string address) => Encoding.ASCII.GetBytes($"PROXY TCP4 {address} 198.51.100.1 56324 1883\r\n");
    }

    [Theory]
    [InlineData("proxy_protocol: true", "broker.yaml:1:39: listeners.default.proxy_protocol: anybody could claim to be anybody; expected 'proxy_from' with the addresses of the proxies")]
    [InlineData("proxy_from: [10.0.0.0/8, 10.0.0.300]", "broker.yaml:1:48: listeners.default.proxy_from: '10.0.0.300': expected an address such as 10.0.0.7 or a network such as 10.0.0.0/8")]
    [InlineData("proxy_from: [10.1]", "broker.yaml:1:36: listeners.default.proxy_from: '10.1': expected an address such as 10.0.0.7 or a network such as 10.0.0.0/8")]
    public void What_is_wrong_in_a_configuration_is_said(string entry, string message) => Assert.Equal([message], Configuration.Reading.Errors($"listeners: {{default: {{{entry}}}}}"));

    [Theory]
    [InlineData("10.0.0.0/8", "10.200.3.4", true)]
    [InlineData("10.0.0.0/8", "::ffff:10.200.3.4", true)]
    [InlineData("10.0.0.0/8", "11.0.0.1", false)]
    [InlineData("10.0.0.7", "10.0.0.7", true)]
    [InlineData("10.0.0.7", "10.0.0.8", false)]
    [InlineData("fd00::/8", "fd12::1", true)]
    [InlineData("::1", "::1", true)]
    [InlineData("::1", "127.0.0.1", false)]
    public void Ranges_contain_what_they_say(string range, string address, bool contained) => Assert.Equal(contained, AddressRanges.Of(range).Contains(IPAddress.Parse(address)));

    private static Task<TestBroker> StartAsync(PeerRecorder peers, Action<ListenerOptions>? configure = null) => TestBroker.StartAsync(
        Link.Tcp,
        options =>
        {
            ListenerOptions listener = options.Listeners["default"];
            listener.ProxyProtocol = true;
            listener.ProxyFrom = AddressRanges.Of("127.0.0.0/8");
            configure?.Invoke(listener);
        },
        peers);

    private static void UseTls(ListenerOptions listener, TestCertificate? certificate)
    {
        listener.Ssl = certificate is not null;
        listener.Certfile = certificate?.CertFile;
        listener.Keyfile = certificate?.KeyFile;
    }

    /// <summary>A connection that a proxy has made: its header first, then perhaps TLS.</summary>
    private static async Task<WireClient> BehindAsync(TestBroker broker, byte[] header, bool tls = false)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(broker.Broker.Endpoints["default"].First());
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        await stream.WriteAsync(header);
        if (tls)
        {
            var encrypted = new SslStream(stream);
            await encrypted.AuthenticateAsClientAsync(TestCertificate.Client());
            stream = encrypted;
        }

        return new WireClient(stream);
    }
}
