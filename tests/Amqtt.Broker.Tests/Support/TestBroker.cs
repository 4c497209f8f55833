using System.Diagnostics.Metrics;
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

    private readonly BrokerOptions _options;

    private TestBroker(MqttBroker broker, BrokerOptions options, Link link, FakeTimeProvider time, LogRecorder log)
    {
        _options = options;
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

    /// <summary>What the broker believes to hold of the machine's memory.</summary>
    public required MemoryMeter Memory { get; init; }

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
        var memory = new MemoryMeter();
        if (!plugins.Any(static plugin => plugin is IAuthPlugin)) options.Plugins.Add("anonymous");
        foreach (BasePlugin plugin in plugins) options.Plugins.Add(plugin);
        configure?.Invoke(options);
        var log = new LogRecorder();
        var services = new BrokerServices { Time = time, MemoryInUse = memory.Read, LoggerFactory = LoggerFactory.Create(builder => builder.AddProvider(log).SetMinimumLevel(LogLevel.Debug)) };
        return new TestBroker(await MqttBroker.StartAsync(options, services, TestContext.Current.CancellationToken), options, link, time, log) { Memory = memory };
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
                options.Limits.OutputStallTimeout = TimeSpan.FromDays(1); // a packet may be on its way while the clock leaps
                configure?.Invoke(options);
            },
            plugins);

    /// <summary>A connection on which nothing has been sent yet.</summary>
    /// <param name="version">What it will speak.</param>
    /// <param name="listener">The listener's name.</param>
    /// <param name="from">Where it comes from: always in memory, then; otherwise it is a loopback address.</param>
    public async Task<WireClient> OpenAsync(ProtocolVersion version = ProtocolVersion.V311, string listener = ListenerCollection.DefaultName, IPAddress? from = null)
    {
        WireClient client;
        if (_link == Link.Tcp && from is null)
        {
            client = await WireClient.ConnectTcpAsync(Broker.Endpoints[listener].First());
        }
        else
        {
            (DuplexStream near, DuplexStream far) = DuplexStream.CreatePair();
            _ = Broker.ServeAsync(far, listener, new IPEndPoint(from ?? IPAddress.Loopback, 50_000 + (_clients.Count % 10_000)));
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

    /// <summary>What the counter of refusals says, over all listeners.</summary>
    public long Refusals(string reason) => Sum("amqtt.broker.refusals", reason);

    /// <summary>What the counter of dropped messages says.</summary>
    public long Dropped(string reason) => Sum("amqtt.broker.messages.dropped", reason);

    /// <summary>All measurements of one instrument of this broker, with their labels.</summary>
    public IReadOnlyList<(long Value, Dictionary<string, object?> Labels)> Measure(string instrument)
    {
        var measured = new List<(long, Dictionary<string, object?>)>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (published, self) =>
        {
            if (published.Meter.Scope == _options && published.Name == instrument) self.EnableMeasurementEvents(published);
        };
        listener.SetMeasurementEventCallback<long>((_, value, labels, _) => measured.Add((value, new(labels.ToArray()))));
        listener.SetMeasurementEventCallback<int>((_, value, labels, _) => measured.Add((value, new(labels.ToArray()))));
        listener.Start();
        listener.RecordObservableInstruments();
        return measured;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (WireClient client in _clients) await client.DisposeAsync();
        await Broker.DisposeAsync();
    }

    private long Sum(string instrument, string reason) => Measure(instrument).Where(m => Equals(m.Labels["reason"], reason)).Sum(m => m.Value);

    /// <summary>Stands in for the process's resident memory.</summary>
    internal sealed class MemoryMeter
    {
        private readonly Queue<TaskCompletionSource> _looks = new();

        /// <summary>Bytes.</summary>
        public long Bytes { get; set; } = 1;

        /// <summary>Completes when the broker looks next.</summary>
        public Task NextLookAsync()
        {
            var look = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_looks) _looks.Enqueue(look);
            return look.Task.WaitAsync(TimeSpan.FromSeconds(30));
        }

        public long Read()
        {
            lock (_looks)
            {
                if (_looks.TryDequeue(out TaskCompletionSource? look)) look.SetResult();
            }

            return Bytes;
        }
    }
}
