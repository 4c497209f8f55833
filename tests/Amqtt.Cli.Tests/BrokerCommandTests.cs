using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Amqtt.Cli.Commands;
using Amqtt.Testing;

namespace Amqtt.Cli.Tests;

public sealed partial class BrokerCommandTests : IDisposable
{
    private const string AnyPort = "listeners: {default: {bind: '127.0.0.1:0'}}\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(PosixSignal.SIGINT)]
    [InlineData(PosixSignal.SIGTERM)]
    public async Task P_H1_a_signal_shuts_down_completely_with_exit_0(PosixSignal signal)
    {
        await using var amqtt = AmqttProcess.Start("-d", "-c", _folder.Write("broker.yaml", AnyPort));
        using var client = await ConnectAsync(await PortAsync(amqtt));

        amqtt.Signal(signal);

        Assert.Equal(0, await amqtt.ExitAsync());
        Assert.Empty(amqtt.Error);
        Assert.Contains("'on_broker_pre_shutdown' EVENT FIRED", amqtt.Output, StringComparison.Ordinal);
        Assert.Contains("'on_broker_post_shutdown' EVENT FIRED", amqtt.Output, StringComparison.Ordinal);
        Assert.EndsWith(" - amqtt: shut down\n", amqtt.Output, StringComparison.Ordinal);
        Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1]));
    }

    [Fact]
    public async Task A_broker_that_has_failed_ends_with_exit_1()
    {
        var clock = new BreakingClock();
        clock.BreakOneLoop();
        using var output = new StringWriter();

        var code = await new BrokerCommand(new Terminal(output, output), clock).RunAsync(_folder.Write("broker.yaml", AnyPort), debug: false, watch: false, TestContext.Current.CancellationToken);

        Assert.Equal(1, code);
        Assert.Contains("CRITICAL - event loop ", output.ToString(), StringComparison.Ordinal);
        Assert.Contains(" - the broker has failed: shutting down\n", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task P_H1_P_A2_the_start_is_logged_with_version_listeners_plugins_and_one_warning_of_open_access()
    {
        await using var amqtt = AmqttProcess.Start("-c", _folder.Write("broker.yaml", AnyPort));
        await PortAsync(amqtt);
        amqtt.Signal(PosixSignal.SIGTERM);
        await amqtt.ExitAsync();

        var lines = amqtt.Output.TrimEnd('\n').Split('\n');
        Assert.All(lines, line => Assert.Matches(@"\A\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\] :: (INFO|WARNING) - \S", line));
        Assert.Matches(@" - Amqtt\.NET \d+\.\d+\.\d+", lines[0]);
        foreach (var plugin in new[] { "EventLoggerPlugin", "PacketLoggerPlugin", "AnonymousAuthPlugin" })
            Assert.Contains(lines, line => line.Contains(plugin, StringComparison.Ordinal));
        Assert.Single(lines, line => line.Contains(":: WARNING", StringComparison.Ordinal) && line.Contains("Anonymous access", StringComparison.Ordinal));
    }

    [Fact]
    public async Task P_H1_without_a_file_only_loopback_listens_and_a_line_says_how_to_change_that()
    {
        if (IsTaken(1883))
            Assert.Skip("port 1883 is in use on this machine");
        await using var amqtt = AmqttProcess.Start();
        await amqtt.LineAsync(line => line.Contains("To open the broker to the network", StringComparison.Ordinal));

        var endpoints = Endpoint().Matches(amqtt.Output).Select(match => match.Groups["address"].Value).ToArray();

        Assert.Contains("127.0.0.1", endpoints);
        Assert.All(endpoints, address => Assert.Contains(address, new[] { "127.0.0.1", "[::1]" }));
    }

    [Fact]
    public async Task P_B1_web_sockets_are_served_and_a_hang_up_reads_certificates_again()
    {
        using var certificate = new TestCertificate("first");
        await using var amqtt = AmqttProcess.Start("-c", _folder.Write(
            "broker.yaml",
            $"listeners: {{default: {{type: ws, bind: '127.0.0.1:0', ssl: true, certfile: {certificate.CertFile}, keyfile: {certificate.KeyFile}}}}}\n"));
        var line = await amqtt.LineAsync(line => line.Contains("accepts MQTT over secure WebSocket on ", StringComparison.Ordinal));
        var broker = new Uri("wss://" + line[(line.LastIndexOf(' ') + 1)..]);
        using var old = await DialAsync(broker, "CN=first");

        certificate.Issue("second");
        amqtt.Signal(PosixSignal.SIGHUP);
        await amqtt.LineAsync(line => line.Contains("New TLS files are in force", StringComparison.Ordinal));

        using var next = await DialAsync(broker, "CN=second");
        await old.SendAsync(Hex.Parse("10 0F 00 04 4D 51 54 54 04 02 00 3C 00 03 6F 6C 64"), WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
        var answer = new byte[4];
        await old.ReceiveAsync(answer, CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal("20020000", Convert.ToHexString(answer));
    }

    [Fact]
    public async Task P_B12_a_listener_that_cannot_bind_is_an_error_that_names_it()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        var (code, _, error) = await AmqttProcess.RunAsync("-c", _folder.Write("broker.yaml", $"listeners: {{default: {{bind: '127.0.0.1:{port}'}}}}\n"));

        Assert.Equal(1, code);
        Assert.StartsWith("❌ ", error, StringComparison.Ordinal);
        Assert.Contains("'default'", error, StringComparison.Ordinal);
        Assert.Contains($"127.0.0.1:{port}", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task P_A13_with_a_mistake_nothing_listens()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();

        var (code, output, error) = await AmqttProcess.RunAsync("-c", _folder.Write("broker.yaml", $"listeners: {{default: {{bind: '127.0.0.1:{port}'}}}}\nbogus: 1\n"));

        Assert.Equal(1, code);
        Assert.Empty(output);
        Assert.Contains(":2:1: bogus: unknown key", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_that_is_not_there_is_an_error_with_its_place()
    {
        var file = _folder.Write("broker.yaml", AnyPort + "plugins:\n  - anonymus\n");

        var (code, _, error) = await AmqttProcess.RunAsync("-c", file);

        Assert.Equal(1, code);
        Assert.StartsWith($"❌ {file}:3:5: plugins.anonymus: ", error, StringComparison.Ordinal);
    }

    private static async Task<int> PortAsync(AmqttProcess amqtt) =>
        int.Parse(Endpoint().Match(await amqtt.LineAsync(line => Endpoint().IsMatch(line))).Groups["port"].Value, CultureInfo.InvariantCulture);

    private static async Task<ClientWebSocket> DialAsync(Uri broker, string subject)
    {
        string? seen = null;
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("mqtt");
        socket.Options.RemoteCertificateValidationCallback = (_, certificate, _, _) => (seen = certificate?.Subject) is not null;
        await socket.ConnectAsync(broker, CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(subject, seen);
        return socket;
    }

    private static async Task<TcpClient> ConnectAsync(int port)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        return client;
    }

    private static bool IsTaken(int port)
    {
        try
        {
            using var probe = new TcpListener(IPAddress.Loopback, port);
            probe.Start();
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    [GeneratedRegex(@"accepts MQTT on (?<address>\S+):(?<port>\d+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Endpoint();
}
