using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Amqtt.Client;
using Amqtt.Client.Configuration;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Testing;

namespace Amqtt.Cli.Tests;

/// <summary>P-A19: the large example of aMQTT's documentation, run as it is written; only ports and files are other ones.</summary>
public sealed partial class FiveListenersTests : IDisposable
{
    private const string AliceIsSecret = "alice:$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW\n";

    private readonly TemporaryFolder _folder = new();
    private readonly TestCertificate _certificate = new("localhost");

    public void Dispose()
    {
        _folder.Dispose();
        _certificate.Dispose();
    }

    [Fact]
    public async Task P_A19_every_listener_serves_its_kind_within_its_own_bound_until_a_signal_ends_all()
    {
        await using var amqtt = AmqttProcess.Start("-c", WriteExample());
        await amqtt.LineAsync(line => line.EndsWith("listener 'inside-wss': max_connections 5", StringComparison.Ordinal)); // the last line of the start
        var listeners = Accepting().Matches(amqtt.Output).ToDictionary(
            match => match.Groups["name"].Value, match => (Kind: match.Groups["kind"].Value, EndPoint: match.Groups["endpoint"].Value), StringComparer.Ordinal);

        Assert.Equal(["inside-tcp", "second-tcp", "inside-tls", "inside-ws", "inside-wss"], listeners.Keys);
        Assert.Equal(["MQTT", "MQTT", "MQTT over TLS", "MQTT over WebSocket", "MQTT over secure WebSocket"], listeners.Values.Select(listener => listener.Kind));
        Assert.StartsWith("127.0.0.2:", listeners["second-tcp"].EndPoint, StringComparison.Ordinal);
        Assert.Contains("broker.yaml:19:9: the key 'capath' was already set in line 18; this one counts", amqtt.Output, StringComparison.Ordinal);

        var clients = new List<MqttClient>();
        try
        {
            foreach (var (listener, scheme, bound) in new[] { ("inside-tcp", "mqtt", 8), ("second-tcp", "mqtt", 5), ("inside-tls", "mqtts", 3), ("inside-ws", "ws", 5), ("inside-wss", "wss", 5) })
            {
                var uri = $"{scheme}://{listeners[listener].EndPoint}";
                for (var i = 0; i < bound; i++)
                    clients.Add(await ConnectAsync(uri, "secret"));
                var refused = await Assert.ThrowsAsync<ConnectException>(() => ConnectAsync(uri, "secret"));
                Assert.Equal(ConnectReturnCode.ServerUnavailable, refused.ReturnCode);
            }

            // The listeners are doors of one broker: what comes in through one goes out through all.
            foreach (var client in clients)
                Assert.Equal([ReasonCode.Success], await client.SubscribeAsync([("inside/#", QoS.AtMostOnce)]));
            await clients[^1].PublishAsync("inside/door", "open", QoS.AtLeastOnce);
            foreach (var client in clients)
            {
                await using var messages = client.Messages.GetAsyncEnumerator();
                Assert.True(await messages.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1)));
                Assert.Equal("open", messages.Current.Text);
            }

            amqtt.Signal(PosixSignal.SIGTERM);
            Assert.Equal(0, await amqtt.ExitAsync());
            Assert.Empty(amqtt.Error);
            Assert.EndsWith(" - shut down\n", amqtt.Output, StringComparison.Ordinal);
        }
        finally
        {
            foreach (var client in clients)
                await client.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("inside-tcp", "mqtt")]
    [InlineData("inside-wss", "wss")]
    public async Task P_A19_its_plugins_let_in_who_is_in_the_password_file_and_nobody_else(string listener, string scheme)
    {
        await using var amqtt = AmqttProcess.Start("-c", WriteExample());
        var line = await amqtt.LineAsync(line => line.Contains($"listener '{listener}' accepts", StringComparison.Ordinal));
        var uri = $"{scheme}://{Accepting().Match(line).Groups["endpoint"].Value}";

        foreach (var password in new[] { "wrong", null })
        {
            var refused = await Assert.ThrowsAsync<ConnectException>(() => ConnectAsync(uri, password));
            Assert.Equal(ConnectReturnCode.NotAuthorized, refused.ReturnCode);
        }

        await using var alice = await ConnectAsync(uri, "secret");
        Assert.True(alice.IsConnected);
    }

    private async Task<MqttClient> ConnectAsync(string uri, string? password)
    {
        var client = new MqttClient(new ClientOptions
        {
            ProtocolVersion = ProtocolVersion.V311,
            AutoReconnect = false,
            Username = password is null ? null : "alice",
            Password = password is null ? null : new Secret(password),
            Connection = new() { Uri = uri, Cafile = uri.StartsWith("mqtts", StringComparison.Ordinal) || uri.StartsWith("wss", StringComparison.Ordinal) ? _certificate.CertFile : null },
        });
        try
        {
            await client.ConnectAsync();
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    private string WriteExample()
    {
        foreach (var name in new[] { "ca.crt", "ca/one.pem", "server.crt" })
            _folder.Write($"placeholder/{name}", File.ReadAllText(_certificate.CertFile));
        _folder.Write("placeholder/server.key", File.ReadAllText(_certificate.KeyFile));
        _folder.Write("placeholder/passwords.txt", AliceIsSecret);

        using var resource = new StreamReader(typeof(FiveListenersTests).Assembly.GetManifestResourceStream("five-listeners.yaml")!);
        var text = Port().Replace(resource.ReadToEnd(), "${address}:0");
        return _folder.Write("broker.yaml", text.Replace("        type: tcp\n", "        type: tcp\n        bind: null\n", StringComparison.Ordinal));
    }

    [GeneratedRegex(@"listener '(?<name>[^']+)' accepts (?<kind>MQTT[\w ]*) on (?<endpoint>\S+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Accepting();

    [GeneratedRegex(@"(?<address>bind: [\d.]+):\d+", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Port();
}
