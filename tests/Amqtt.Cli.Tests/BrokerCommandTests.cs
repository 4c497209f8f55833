using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

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
