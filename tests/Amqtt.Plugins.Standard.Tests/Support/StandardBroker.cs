using System.Net;
using Amqtt.Broker;
using Amqtt.Broker.Configuration;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Amqtt.Plugins.Standard.Tests;

/// <summary>The real broker with packaged plugins as a file configures them: clients in memory, fake time, no socket.</summary>
internal sealed class StandardBroker : IAsyncDisposable
{
    private readonly List<WireClient> _clients = [];
    private int _port = 50_000;

    private StandardBroker(MqttBroker broker, FakeTimeProvider time, AwaitableLog log)
    {
        Broker = broker;
        Time = time;
        Log = log;
    }

    public MqttBroker Broker { get; }

    public FakeTimeProvider Time { get; }

    public AwaitableLog Log { get; }

    /// <summary>Starts a broker.</summary>
    /// <param name="plugins">The value of <c>plugins</c>, in YAML; all listeners are without sockets.</param>
    /// <param name="folder">What relative paths start from.</param>
    /// <param name="more">More of the file.</param>
    public static async Task<StandardBroker> StartAsync(string plugins, TestFolder? folder = null, string more = "")
    {
        var yaml = $"{{listeners: {{default: {{type: external}}, other: {{}}}}, plugins: {plugins}, event_loops: 2{(more.Length > 0 ? ", " : "")}{more}}}";
        return await StartAsync(BrokerConfiguration.FromYaml(yaml, folder?.At("broker.yaml")));
    }

    /// <summary>Starts a broker with options of the test's own.</summary>
    public static async Task<StandardBroker> StartAsync(BrokerOptions options)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var log = new AwaitableLog();
        return new(await MqttBroker.StartAsync(options, new BrokerServices { Time = time, LoggerFactory = log }, TestContext.Current.CancellationToken), time, log);
    }

    /// <summary>A connection on which nothing was sent.</summary>
    public WireClient Open(string address = "10.0.0.1", string listener = "default")
    {
        var (near, far) = DuplexStream.CreatePair();
        _ = Broker.ServeAsync(far, listener, new IPEndPoint(IPAddress.Parse(address), _port++));
        var client = new WireClient(near);
        _clients.Add(client);
        return client;
    }

    /// <summary>A client that must be let in.</summary>
    public async Task<WireClient> ConnectAsync(string clientId, string? userName = null, string? password = null, ProtocolVersion version = ProtocolVersion.V311, string address = "10.0.0.1")
    {
        var client = Open(address);
        await client.ConnectAsync(clientId, version, userName: userName, password: password);
        return client;
    }

    /// <summary>What a client gets as an answer to its CONNECT.</summary>
    public async Task<ReasonCode> TryConnectAsync(string? userName, string? password, ProtocolVersion version = ProtocolVersion.V311, string address = "10.0.0.1", string? clientId = null)
    {
        var client = Open(address);
        await client.SendAsync(new ConnectPacket
        {
            Version = version,
            ClientId = clientId ?? $"client-{_port}",
            CleanStart = true,
            UserName = userName,
            Password = password is null ? default(ReadOnlyMemory<byte>?) : System.Text.Encoding.UTF8.GetBytes(password),
        });
        return (await client.ReceiveAsync<ConnAckPacket>()).Reason;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) await client.DisposeAsync();
        await Broker.DisposeAsync();
    }
}
