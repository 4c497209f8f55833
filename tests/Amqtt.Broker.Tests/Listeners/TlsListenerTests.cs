using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Listeners;

/// <summary>TLS on a running listener: versions, new certificates, and slots.</summary>
public sealed class TlsListenerTests : IDisposable
{
    private readonly TestCertificate _certificate = new("first");

    [Fact]
    public async Task New_certificate_files_count_for_new_handshakes_while_connections_live_on()
    {
        await using TestBroker broker = await StartAsync();
        await using WireClient old = await ConnectAsync(broker, "old", "CN=first");
        _certificate.Issue("second");
        broker.Time.Advance(TimeSpan.FromSeconds(2)); // what makes the listener look again
        await using WireClient next = await ConnectAsync(broker, "next", "CN=second");

        _certificate.Issue("third");
        broker.Broker.ReloadCertificates();
        await using WireClient last = await ConnectAsync(broker, "last", "CN=third");
        foreach (WireClient client in new[] { old, next, last })
        {
            await client.SubscribeAsync("a");
            await client.PublishAsync("a", "alive");
            await client.ExpectPublishAsync("a", "alive");
            await client.UnsubscribeAsync("a");
        }
    }

    [Fact]
    public async Task Files_that_cannot_be_used_leave_the_old_ones_in_force()
    {
        await using TestBroker broker = await StartAsync();
        await File.WriteAllTextAsync(_certificate.CertFile, "nonsense", TestContext.Current.CancellationToken);
        broker.Broker.ReloadCertificates();
        await using WireClient client = await ConnectAsync(broker, "client", "CN=first");
        Assert.Contains(broker.Log.Lines, line => line.Text.Contains(_certificate.CertFile, StringComparison.Ordinal) && line.Text.Contains("stay in force", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task These_versions_are_spoken(SslProtocols version)
    {
        await using TestBroker broker = await StartAsync();
        await using WireClient client = await WireClient.ConnectTcpAsync(broker.Broker.Endpoints["default"].First(), TestCertificate.Client(version));
        await client.ConnectAsync("client");
    }

    [Fact]
    public async Task Older_versions_are_not()
    {
        await using TestBroker broker = await StartAsync();
#pragma warning disable CA5397, CS0618, SYSLIB0039 // what the broker has to refuse
        SslClientAuthenticationOptions older = TestCertificate.Client(SslProtocols.Tls11);
#pragma warning restore CA5397, CS0618, SYSLIB0039
        await Assert.ThrowsAnyAsync<Exception>(() => WireClient.ConnectTcpAsync(broker.Broker.Endpoints["default"].First(), older));
        await using WireClient client = await ConnectAsync(broker, "client", "CN=first");
    }

    [Fact]
    public async Task P_B6_a_handshake_that_does_not_come_holds_a_slot_until_its_time_is_over()
    {
        await using TestBroker broker = await StartAsync(maxConnections: 1);
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await silent.ConnectAsync(broker.Broker.Endpoints["default"].First());
        await using (WireClient refused = await WireClient.ConnectTcpAsync(broker.Broker.Endpoints["default"].First(), TestCertificate.Client()))
        {
            await refused.SendAsync(new Protocol.Packets.ConnectPacket { ClientId = "refused", Version = ProtocolVersion.V311, CleanStart = true });
            await refused.ExpectAsync(new Protocol.Packets.ConnAckPacket { Reason = ReasonCode.ServerUnavailable });
        }

        broker.Time.Advance(TimeSpan.FromSeconds(21));
        Assert.Equal(0, await silent.ReceiveAsync(new byte[1]));
        await using WireClient client = await ConnectAsync(broker, "client", "CN=first");
    }

    [Fact]
    public async Task The_time_for_handshake_and_CONNECT_is_one()
    {
        await using TestBroker broker = await StartAsync();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(broker.Broker.Endpoints["default"].First());
        await using WireClient later = await ConnectAsync(broker, "accepted behind it", "CN=first");
        broker.Time.Advance(TimeSpan.FromSeconds(15)); // of twenty
        var encrypted = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await encrypted.AuthenticateAsClientAsync(TestCertificate.Client());
        await using var client = new WireClient(encrypted);
        await client.SendHexAsync("10 0C 00 04");
        Task closed = client.ExpectClosedAsync();
        broker.Time.Advance(TimeSpan.FromSeconds(6));
        // The listener may still be finishing the handshake, but it takes nothing like the 14 s more that a time of its own for CONNECT would.
        for (int i = 0; i < 1000 && !closed.IsCompleted; i++)
        {
            broker.Time.Advance(TimeSpan.FromMilliseconds(10));
            await Task.WhenAny(closed, Task.Delay(5));
        }

        await closed;
        Assert.Equal(1, broker.Refusals("connect_timeout") + broker.Refusals("tls_connect_timeout")); // by how far the listener had come
        await later.PingAsync();
    }

    [Theory]
    [InlineData("47 45 54 20 2F 20 48 54 54 50 2F 31 2E 31 0D 0A 0D 0A")] // GET / HTTP/1.1
    [InlineData("10 0C 00 04 4D 51 54 54 04 02 00 00 00 00")] // MQTT in the clear
    public async Task A_handshake_that_is_none_is_closed_and_counted(string hex)
    {
        await using TestBroker broker = await StartAsync(maxConnections: 1);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(broker.Broker.Endpoints["default"].First());
        await socket.SendAsync(Hex.Parse(hex));
        await ExpectClosedAsync(socket);
        Assert.Equal(1, broker.Refusals("tls_handshake_failed"));
        await using WireClient next = await ConnectAsync(broker, "next", "CN=first"); // it has given its place back
    }

    public void Dispose() => _certificate.Dispose();

    /// <summary>Reads over the alert that the server may send before it closes.</summary>
    private static async Task ExpectClosedAsync(Socket socket)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            while (await socket.ReceiveAsync(new byte[64], patience.Token) > 0)
            {
                // The alert.
            }
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Closed with something unread: an end as well.
        }
    }

    private Task<TestBroker> StartAsync(int maxConnections = 0) => TestBroker.StartAsync(
        Link.Tcp,
        options =>
        {
            options.Listeners["default"].Ssl = true;
            options.Listeners["default"].MaxConnections = maxConnections;
            options.Listeners["default"].Certfile = _certificate.CertFile;
            options.Listeners["default"].Keyfile = _certificate.KeyFile;
        });

    private static async Task<WireClient> ConnectAsync(TestBroker broker, string clientId, string subject)
    {
        string? seen = null;
        SslClientAuthenticationOptions options = TestCertificate.Client();
        options.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
        {
            seen = certificate?.Subject;
            return seen is not null;
        };
        WireClient client = await WireClient.ConnectTcpAsync(broker.Broker.Endpoints["default"].First(), options);
        await client.ConnectAsync(clientId);
        Assert.Equal(subject, seen);
        return client;
    }
}
