using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Amqtt.Broker;
using Amqtt.Broker.Configuration;
using Amqtt.Broker.Listeners;
using Amqtt.Protocol;
using Amqtt.Runtime.Configuration;
using Microsoft.Extensions.Logging;

namespace Amqtt.Plugins.Standard.Tests.Examples;

/// <summary>The forms of configuration that aMQTT documents, as files: each is read without a mistake and starts (P-A12, P-A19).</summary>
public sealed class ExampleFileTests : IDisposable
{
    private const string Secret = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"; // "secret"
    private readonly TestFolder _folder = new();

    public ExampleFileTests()
    {
        Directory.CreateDirectory(_folder.At("placeholder/ca"));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        _folder.Write("placeholder/ca.crt", certificate.ExportCertificatePem());
        _folder.Write("placeholder/ca/one.pem", certificate.ExportCertificatePem());
        _folder.Write("placeholder/server.crt", certificate.ExportCertificatePem());
        _folder.Write("placeholder/server.key", key.ExportPkcs8PrivateKeyPem());
        _folder.Write("placeholder/passwords.txt", $"alice:{Secret}\n");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("older-sections.yaml", 3)]
    [InlineData("plugins-as-map.yaml", 0)]
    [InlineData("mixed-list.yaml", 0)]
    public async Task An_example_starts(string name, int warnings)
    {
        var (options, warned) = Read(name);
        Assert.Equal(warnings, warned);
        await using var host = await PluginTestHost.StartAsync(options);
        Assert.Equal(ReasonCode.Success, await host.LogInAsync(null, null));
        Assert.DoesNotContain(host.Log.Lines, line => line.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task P_A11_rules_of_a_topic_check_alone_are_active()
    {
        var options = BrokerConfiguration.FromYaml("{listeners: {default: {type: external}}, topic-check: {enabled: true, plugins: [topic_acl], publish-acl: {anonymous: [public]}}}");
        await using var host = await PluginTestHost.StartAsync(options);
        var client = await host.ConnectAsync("c", version: ProtocolVersion.V5);
        Assert.Equal(ReasonCode.NotAuthorized, await client.PublishAsync("private", "x", QoS.AtLeastOnce));
        Assert.Equal(ReasonCode.NoMatchingSubscribers, await client.PublishAsync("public", "x", QoS.AtLeastOnce));
        await client.SubscribeAsync("$SYS/#");
        Assert.Equal("$SYS/broker/version", (await client.ReceiveAsync()).Topic);
    }

    [Fact]
    public async Task P_A19_the_example_with_five_listeners_loads_and_starts_once_the_default_one_has_no_socket()
    {
        var (options, warned) = Read("five-listeners.yaml");
        Assert.Equal(1, warned); // of capath, which is there twice
        var listeners = options.EffectiveListeners().ToDictionary(listener => listener.Name, StringComparer.Ordinal);
        Assert.Equal(["default", "inside-tcp", "second-tcp", "inside-tls", "inside-ws", "inside-wss"], options.Listeners.Keys);
        Assert.Equal((5, 8, 5, 3), (listeners["default"].MaxConnections, listeners["inside-tcp"].MaxConnections, listeners["second-tcp"].MaxConnections, listeners["inside-tls"].MaxConnections));
        Assert.Equal(["inside-tls", "inside-wss"], listeners.Values.Where(listener => listener.Ssl).Select(listener => listener.Name));
        Assert.Equal(["inside-ws", "inside-wss"], listeners.Values.Where(listener => listener.Type == ListenerType.Ws).Select(listener => listener.Name));
        Assert.Equal(TimeSpan.FromSeconds(2), options.TimeoutDisconnectDelay);

        // Once with sockets, each on another port, because the test may not have those; WebSocket comes from another package. The tests of the command run the file as it is.
        options.Listeners["default"].Bind = null;
        foreach (var name in options.Listeners.Keys.Skip(1)) options.Listeners[name].Bind = ListenEndpoint.Parse("127.0.0.1:0");
        options.Listeners.AddType("ws", static _ => new(new NoProtocol()));
        await using (var broker = await MqttBroker.StartAsync(options, TestContext.Current.CancellationToken))
            Assert.Equal(["inside-tcp", "inside-tls", "inside-ws", "inside-wss", "second-tcp"], broker.Endpoints.Select(endpoint => endpoint.Key).Order(StringComparer.Ordinal));

        // And once without, for what its users may do.
        await using var host = await PluginTestHost.StartAsync(Read("five-listeners.yaml").Options);
        Assert.Equal(ReasonCode.NotAuthorized, await host.LogInAsync(null, null));
        Assert.Equal(ReasonCode.NotAuthorized, await host.LogInAsync("alice", "wrong"));
        var alice = await host.ConnectAsync("a", "alice", "secret", ProtocolVersion.V5);
        await alice.SubscribeAsync("inside/#");
        Assert.Equal(ReasonCode.Success, await alice.PublishAsync("inside/x", "1", QoS.AtLeastOnce));
        Assert.Equal(ReasonCode.NotAuthorized, await alice.PublishAsync("public/x/y", "1", QoS.AtLeastOnce));
    }

    [Fact]
    public void P_A19_a_missing_placeholder_is_a_mistake_with_its_place()
    {
        File.Delete(_folder.At("placeholder/server.key"));
        var errors = new ConfigErrors();
        _folder.Write("five-listeners.yaml", Text("five-listeners.yaml"));
        Assert.Null(BrokerConfiguration.FromFile(_folder.At("five-listeners.yaml"), errors));
        Assert.Contains(errors.Errors, error => error.ToString().Contains("five-listeners.yaml:20:18: listeners.inside-tls.keyfile: expected an existing file", StringComparison.Ordinal));
    }

    private static string Text(string name)
    {
        using var resource = typeof(ExampleFileTests).Assembly.GetManifestResourceStream($"Examples.{name}")!;
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd();
    }

    private (BrokerOptions Options, int Warnings) Read(string name)
    {
        var errors = new ConfigErrors();
        var options = BrokerConfiguration.FromFile(_folder.Write(name, Text(name)), errors);
        errors.ThrowIfAny();
        return (options!, errors.Warnings.Count);
    }

    private sealed class NoProtocol : IListenerProtocol
    {
        public ValueTask<Stream?> BeginAsync(AcceptedConnection connection, CancellationToken cancellationToken) => new(default(Stream));

        public ValueTask DisposeAsync() => default;
    }
}
