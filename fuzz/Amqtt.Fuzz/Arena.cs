using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Amqtt.Broker;
using Amqtt.Broker.Configuration;
using Amqtt.Broker.Connections;
using Amqtt.Broker.Sessions;
using Amqtt.Broker.Transport;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Plugins;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Amqtt.Fuzz;

/// <summary>A running broker of its own, with small limits, so that they are met. With one client at work after the other its clock only moves when it is told to; in a crowd it goes by itself.</summary>
internal sealed class Arena : IAsyncDisposable
{
    // Reading, what follows from it on another loop, and the way back.
    private const int Passes = 4;

    private const int Patience = 30_000; // ms

    private const int CallsToSettle = 1001;

    private const int ReceiveBuffer = 4096; // a client that does not read is noticed soon

    private const int Second = 1000; // ms

    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan LongestHold = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestExpiry = TimeSpan.FromSeconds(4);

    private readonly MqttBroker _broker;
    private readonly FaultLog _faults;
    private readonly FakeTimeProvider? _time;
    private readonly IPEndPoint _endPoint;
    private readonly Shard[] _shards;
    private readonly EventLoop[] _loops; // kept, because a look at what is instrumented while a loop is at work would blur what the fuzzer sees of it

    private Arena(MqttBroker broker, FaultLog faults, FakeTimeProvider? time)
    {
        _broker = broker;
        _faults = faults;
        _time = time;
        _endPoint = broker.Endpoints[ListenerCollection.DefaultName].First();
        _shards = State.Shards;
        _loops = Array.ConvertAll(_shards, static shard => shard.Loop);
        ClientIds = [IdOn(loop: 0, "a"), IdOn(loop: 1, "b"), IdOn(loop: 0, "c")];
    }

    /// <summary>Client ids on known loops: the same input finds the same loops in every process.</summary>
    public IReadOnlyList<string> ClientIds { get; }

    /// <summary>What the host can do.</summary>
    public IBroker Operations => _broker;

    private BrokerState State => _broker.Started!.State;

    /// <summary>Whether it is used for one input after the other.</summary>
    public bool IsAlone => _time is not null;

    /// <param name="loops">Event loops; with one of them, and alone, the broker does the same for the same input.</param>
    /// <param name="isAlone">Whether it is used for one input after the other.</param>
    public static async Task<Arena> StartAsync(int loops, bool isAlone)
    {
        var faults = new FaultLog();
        FakeTimeProvider? time = isAlone ? new FakeTimeProvider(Start) : null;
        var options = new BrokerOptions
        {
            EventLoops = loops,
            SessionExpiryInterval = LongestExpiry,
            Plugins = new PluginCollection(),
            Limits = new LimitOptions
            {
                MaxSessionExpiry = LongestExpiry,
                ReceiveMaximum = 4,
                MaxInflight = 4,
                MaxQueuedMessages = 6,
                MaxSubscriptions = 6,
                MaxSharedGroupMembers = 2,
                MaxRetainedMessages = 4,
                MaxRoundDeliveries = 4,
                TopicAliasMaximum = 3,
                MaxOutputBytes = 4096,
            },
        };
        options.Plugins.Add("anonymous");
        options.Listeners[ListenerCollection.DefaultName].Bind = new ListenEndpoint("127.0.0.1", 0);
        using ILoggerFactory loggers = LoggerFactory.Create(builder => builder.AddProvider(faults).SetMinimumLevel(LogLevel.Error));
        return new Arena(await MqttBroker.StartAsync(options, new BrokerServices { LoggerFactory = loggers, Time = time ?? TimeProvider.System }), faults, time);
    }

    /// <summary>After so many calls the plugin is called on the loop: what follows from a packet is the same from now on.</summary>
    public async Task WarmUpAsync()
    {
        for (int call = 0; call < CallsToSettle; call++) await ServesAsync();
        await CheckEmptyAsync();
    }

    /// <summary>A connection on which nothing has been sent.</summary>
    /// <param name="output">Looks at what the broker sends; null = nobody does.</param>
    public async Task<Peer> OpenAsync(OutputCheck? output = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = ReceiveBuffer };
        await socket.ConnectAsync(_endPoint);
        await SettleAsync();
        return new Peer(this, socket, output);
    }

    /// <summary>Waits until the broker has taken in what it was sent, and done what follows.</summary>
    public async Task SettleAsync()
    {
        for (long began = Environment.TickCount64; await IsBusyAsync() && IsAlone;)
        {
            if (Environment.TickCount64 - began > Patience) throw new InvalidOperationException("a packet is not worked off");
        }
    }

    /// <summary>Lets time pass. Alone.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        _time!.Advance(time);
        await SettleAsync();
    }

    /// <summary>A client that has nothing to do with any of it is served.</summary>
    public async Task ServesAsync()
    {
        var output = new OutputCheck(new ConnectPacket { Version = ProtocolVersion.V311, ClientId = "witness", CleanStart = true });
        await using Peer peer = await OpenAsync(output);
        await peer.SendAsync(new ConnectPacket { Version = ProtocolVersion.V311, ClientId = "witness", CleanStart = true });
        await peer.EndAsync();
        if (!output.IsAccepted) throw new InvalidOperationException("the broker does not serve a client");
        ThrowIfFaulty();
    }

    /// <summary>Something has been logged that no client may bring about.</summary>
    public void ThrowIfFaulty() => _faults.ThrowIfAny();

    /// <summary>No client is left, and all time that counts has passed: the broker holds nothing any more. Alone.</summary>
    public async Task CheckEmptyAsync()
    {
        await SettleAsync();
        // One that was held up for its receivers hears of its client's end when that is over.
        if (_broker.Started!.Channels.Count > 0) await PassAsync(LongestHold);
        Expect("transports", _broker.Started!.Channels.Count);
        Expect("places of connections", State.Connections);
        Expect("connected clients", State.ClientsConnected);
        Expect("connections", _shards.Sum(static shard => shard.Links.Count));
        Expect("connections counted as connected and not as disconnected", _shards.Sum(static shard => shard.Counters.Connected - shard.Counters.Disconnected));
        // To a full second, in which everything begins that happens every second: the next input finds it where this one did.
        var rest = TimeSpan.FromMilliseconds(Second - ((_time!.GetUtcNow() - Start).TotalMilliseconds % Second));
        await PassAsync(LongestExpiry + rest);
        Expect("sessions", _shards.Sum(static shard => shard.Sessions.All.Count()));
        Expect("places of sessions", State.SessionQuota.Count);
        Expect("subscriptions", State.Subscriptions.Count);
        Expect("nodes of the subscription tree", State.Subscriptions.IsEmpty ? 0 : 1);
        Expect("bytes between loops", _shards.Sum(static shard => shard.Router.UnderWay));
        State.Retained.Clear();
        Expect("retained messages", State.Retained.Count);
        Expect("retained bytes", State.Retained.Bytes);
        ThrowIfFaulty();
    }

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    private static void Expect(string what, long left)
    {
        if (left != 0) throw new InvalidOperationException($"{left} {what} left when every client has gone");
    }

    /// <summary>Has every loop go round a few times; whether a packet has waited for a plugin meanwhile.</summary>
    private Task<bool> IsBusyAsync()
    {
        var done = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        GoRound(Passes * _loops.Length, wasBusy: false);
        return done.Task;

        void GoRound(int left, bool wasBusy) => _loops[left % _loops.Length].Post(loop =>
        {
            bool isBusy = wasBusy | IsBusy(_shards[loop.Index]);
            if (left == 1) done.SetResult(isBusy);
            else GoRound(left - 1, isBusy);
        });
    }

    private static bool IsBusy(Shard shard)
    {
        using var unseen = Unseen.Begin();
        foreach (IClientLink link in shard.Links)
        {
            if (((Connection)link).IsBusy) return true;
        }

        return false;
    }

    private string IdOn(int loop, string name)
    {
        for (int number = 0; ; number++)
        {
            string id = name + number.ToString(CultureInfo.InvariantCulture);
            if (State.ShardOf(id).Loop.Index == loop % _loops.Length) return id;
        }
    }
}
