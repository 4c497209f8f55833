using System.Net;
using Amqtt.Broker.Configuration;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Plugins;
using Amqtt.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Amqtt.Broker.Tests.Support;

/// <summary>How a test's clients reach the broker. What the broker does must not depend on it.</summary>
public enum Link
{
    /// <summary>A loopback socket: epoll on Linux.</summary>
    Tcp,

    /// <summary>An in-memory stream.</summary>
    Memory,
}

/// <summary>The real broker for a test: two loops, fake time, and clients over a socket or in memory.</summary>
internal sealed class TestBroker : IAsyncDisposable
{
    private readonly Link _link;
    private readonly List<WireClient> _clients = [];

    private TestBroker(MqttBroker broker, Link link, FakeTimeProvider time, LogRecorder log)
    {
        Broker = broker;
        _link = link;
        Time = time;
        Log = log;
    }

    /// <summary>The broker.</summary>
    public MqttBroker Broker { get; }

    /// <summary>Its clock.</summary>
    public FakeTimeProvider Time { get; }

    /// <summary>What it has logged.</summary>
    public LogRecorder Log { get; }

    /// <summary>Every transport, for theories.</summary>
    public static TheoryData<Link> Links => [Link.Tcp, Link.Memory];

    /// <summary>Every transport with every protocol version, for theories.</summary>
    public static TheoryData<Link, ProtocolVersion> LinksAndVersions => new MatrixTheoryData<Link, ProtocolVersion>(
        [Link.Tcp, Link.Memory], [ProtocolVersion.V31, ProtocolVersion.V311, ProtocolVersion.V5]);

    /// <summary>
    /// Starts a broker on a free port. With <paramref name="plugins"/> it has exactly these and, unless one of them authenticates, anonymous access.
    /// </summary>
    public static async Task<TestBroker> StartAsync(Link link = Link.Tcp, Action<BrokerOptions>? configure = null, params BasePlugin[] plugins)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var options = new BrokerOptions { EventLoops = 2, Plugins = new PluginCollection() };
        options.Listeners[ListenerCollection.DefaultName].Bind = new ListenEndpoint("127.0.0.1", 0);
        if (!plugins.Any(static plugin => plugin is IAuthPlugin)) options.Plugins.Add("anonymous");
        foreach (BasePlugin plugin in plugins) options.Plugins.Add(plugin);
        configure?.Invoke(options);
        var log = new LogRecorder();
        var services = new BrokerServices { Time = time, LoggerFactory = LoggerFactory.Create(builder => builder.AddProvider(log).SetMinimumLevel(LogLevel.Debug)) };
        return new TestBroker(await MqttBroker.StartAsync(options, services, TestContext.Current.CancellationToken), link, time, log);
    }

    /// <summary>
    /// A broker with one loop, for tests that move its clock: once a client has been answered, all that the broker had begun before is done, time-outs
    /// set included. What a client sends without an answer may still be on its way.
    /// </summary>
    public static Task<TestBroker> StartWithOneLoopAsync(Link link, Action<BrokerOptions>? configure = null, params BasePlugin[] plugins) =>
        StartAsync(
            link,
            options =>
            {
                options.EventLoops = 1;
                configure?.Invoke(options);
            },
            plugins);

    /// <summary>A connection on which nothing has been sent yet.</summary>
    public async Task<WireClient> OpenAsync(ProtocolVersion version = ProtocolVersion.V311, string listener = ListenerCollection.DefaultName)
    {
        WireClient client;
        if (_link == Link.Tcp)
        {
            client = await WireClient.ConnectTcpAsync(Broker.Endpoints[listener].First());
        }
        else
        {
            (DuplexStream near, DuplexStream far) = DuplexStream.CreatePair();
            _ = Broker.ServeAsync(far, listener, new IPEndPoint(IPAddress.Loopback, 50_000 + _clients.Count));
            client = new WireClient(near);
        }

        client.Version = version;
        _clients.Add(client);
        return client;
    }

    /// <summary>A connected client.</summary>
    public async Task<WireClient> ConnectAsync(string clientId, ProtocolVersion version = ProtocolVersion.V311, bool cleanStart = true, MqttProperties? properties = null, WillMessage? will = null, ushort keepAlive = 0)
    {
        WireClient client = await OpenAsync(version);
        await client.ConnectAsync(clientId, version, cleanStart, keepAlive, will: will, properties: properties);
        return client;
    }

    /// <summary>A client with a CONNECT of the test's own; the answer comes along, whatever it is.</summary>
    public async Task<(WireClient Client, ConnAckPacket Answer)> ConnectAsync(ConnectPacket connect)
    {
        WireClient client = await OpenAsync(connect.Version);
        await client.SendAsync(connect);
        return (client, await client.ReceiveAsync<ConnAckPacket>());
    }

    /// <summary>Lets time pass until something that waits for a time-out has happened.</summary>
    public async Task PassTimeUntilAsync(Task outcome)
    {
        while (!outcome.IsCompleted)
        {
            Time.Advance(TimeSpan.FromMilliseconds(250));
            await Task.WhenAny(outcome, Task.Delay(5));
        }

        await outcome;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (WireClient client in _clients) await client.DisposeAsync();
        await Broker.DisposeAsync();
    }
}
