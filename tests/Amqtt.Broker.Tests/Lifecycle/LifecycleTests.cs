using System.Net;
using System.Net.Sockets;
using Amqtt.Broker.Configuration;
using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Plugins;
using Amqtt.Testing;
using Microsoft.Extensions.Logging;

namespace Amqtt.Broker.Tests.Lifecycle;

/// <summary>Start, shutdown and what lies between them, in their order (P-A3, P-A4, P-A14 to P-A16).</summary>
public sealed class LifecycleTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task P_A15_P_A16_hooks_come_in_order_and_once()
    {
        var events = new EventRecorder();
        await using (MqttBroker broker = await MqttBroker.CreateAsync(Options(events)))
        {
            Assert.Equal(BrokerStatus.New, broker.Status);
            await broker.StopAsync(Cancel); // P-A4: before the start it is nothing
            events.ExpectNoMore();
            await broker.StartAsync(Cancel);
            Assert.Equal(BrokerStatus.Started, broker.Status);
            await broker.StopAsync(Cancel);
            Assert.Equal(BrokerStatus.Stopped, broker.Status);
            await broker.StopAsync(Cancel);
        }

        await events.ExpectAsync("pre_start", "post_start", "pre_shutdown", "post_shutdown", "disposed");
        events.ExpectNoMore();
    }

    [Fact]
    public async Task P_A3_a_start_while_started_or_starting_throws_and_changes_nothing()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using MqttBroker broker = await MqttBroker.CreateAsync(Options(new EventRecorder { BeforeStart = gate.Task }));
        Task first = broker.StartAsync(Cancel);
        Assert.Equal(BrokerStatus.Starting, broker.Status);
        Assert.Contains("Starting", (await Assert.ThrowsAsync<BrokerException>(() => broker.StartAsync(Cancel))).Message, StringComparison.Ordinal);
        gate.SetResult();
        await first;
        Assert.Contains("Started", (await Assert.ThrowsAsync<BrokerException>(() => broker.StartAsync(Cancel))).Message, StringComparison.Ordinal);
        Assert.Equal(BrokerStatus.Started, broker.Status);
        await (await ServesAsync(broker)).DisposeAsync();
    }

    [Fact]
    public async Task P_A15_nothing_listens_before_the_hooks_have_completed()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int port = FreePort();
        await using MqttBroker broker = await MqttBroker.CreateAsync(Options(new EventRecorder { BeforeStart = gate.Task }, port));
        Task start = broker.StartAsync(Cancel);
        SocketException refused = await Assert.ThrowsAsync<SocketException>(() => WireClient.ConnectTcpAsync(new IPEndPoint(IPAddress.Loopback, port)));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
        gate.SetResult();
        await start;
        await (await ServesAsync(broker)).DisposeAsync();
    }

    [Fact]
    public async Task P_A3_a_failed_start_closes_everything_and_can_be_tried_again()
    {
        PluginException failed = await FailsOnceAsync(static plugins => plugins.Add<FailsOnce>(new FailsOnce.Config { Times = new Countdown(1) }));
        Assert.Contains(nameof(FailsOnce), failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task P_A3_a_plugin_that_fails_when_all_listeners_accept_fails_the_start_as_well()
    {
        PluginException failed = await FailsOnceAsync(static plugins => plugins.Add<FailsOnceStarted>(new FailsOnceStarted.Config { Times = new Countdown(1) }));
        Assert.EndsWith("OnBrokerPostStartAsync failed: not today", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task P_B12_a_listener_that_cannot_bind_fails_the_start_and_closes_the_others()
    {
        using var occupant = new TcpListener(IPAddress.Loopback, 0);
        occupant.Start();
        int taken = ((IPEndPoint)occupant.LocalEndpoint).Port;
        int port = FreePort();
        BrokerOptions options = Options(port: port);
        options.Listeners["second"] = new ListenerOptions { Bind = new ListenEndpoint("127.0.0.1", taken) };
        await using MqttBroker broker = await MqttBroker.CreateAsync(options);
        BrokerException failed = await Assert.ThrowsAsync<BrokerException>(() => broker.StartAsync(Cancel));
        Assert.Contains("'second'", failed.Message, StringComparison.Ordinal);
        Assert.Contains($"127.0.0.1:{taken}", failed.Message, StringComparison.Ordinal);
        using (var free = new TcpListener(IPAddress.Loopback, port)) free.Start();
        occupant.Stop();
        await broker.StartAsync(Cancel);
        Assert.Equal(BrokerStatus.Started, broker.Status);
    }

    [Fact]
    public async Task P_B12_a_second_broker_does_not_share_the_port_of_the_first()
    {
        await using MqttBroker first = await MqttBroker.StartAsync(Options(), Cancel);
        int taken = first.Endpoints["default"].First().Port;
        BrokerException failed = await Assert.ThrowsAsync<BrokerException>(() => MqttBroker.StartAsync(Options(port: taken), Cancel));
        Assert.Contains($"127.0.0.1:{taken}", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task P_B12_an_address_of_another_machine_is_named_as_such()
    {
        BrokerOptions options = Options();
        options.Listeners["default"].Bind = new ListenEndpoint("192.0.2.1", 1883);
        BrokerException failed = await Assert.ThrowsAsync<BrokerException>(() => MqttBroker.StartAsync(options, Cancel));
        Assert.StartsWith("listener 'default' cannot bind to 192.0.2.1:1883: ", failed.Message, StringComparison.Ordinal);
        Assert.EndsWith("; expected an address that this machine has, or 0.0.0.0 or [::] for all of them", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task P_A15_a_restart_begins_with_nothing_and_with_new_plugins()
    {
        var made = new Countdown(0);
        BrokerOptions options = Options();
        options.Plugins.Add<Counted>(new Counted.Config { Made = made });
        await using MqttBroker broker = await MqttBroker.StartAsync(options, Cancel);
        await using (WireClient client = await ServesAsync(broker, cleanStart: false))
        {
            await client.SubscribeAsync("kept", QoS.AtLeastOnce);
            await client.PublishAsync("kept", "retained", QoS.AtLeastOnce, retain: true);
        }

        await broker.StopAsync(Cancel);
        await broker.StartAsync(Cancel);
        Assert.Equal(-2, made.Value);
        await using WireClient again = await WireClient.ConnectTcpAsync(broker.Endpoints["default"].First());
        Assert.False((await again.ConnectAsync("client", cleanStart: false)).SessionPresent);
        await again.SubscribeAsync("kept");
        await again.ExpectNothingMoreAsync();
    }

    [Fact]
    public async Task P_A16_a_shutdown_ends_every_connection_with_0x8B_and_fires_its_event()
    {
        var events = new EventRecorder();
        await using MqttBroker broker = await MqttBroker.StartAsync(Options(events), Cancel);
        await using WireClient old = await ServesAsync(broker, "old");
        await using WireClient client = await WireClient.ConnectTcpAsync(broker.Endpoints["default"].First());
        await client.ConnectAsync("new", ProtocolVersion.V5);
        await client.SubscribeAsync("a/#");
        await client.PublishAsync("a/b", "kept", retain: true);
        await client.ExpectPublishAsync("a/b", "kept");
        await events.ExpectAsync(
            "pre_start", "post_start", "session old Created", "connected old", "session new Created", "connected new", "subscribed new a/# AtMostOnce AtMostOnce",
            "received a/b from new", "broadcast a/b from new", "retained a/b for all");
        await broker.StopAsync(Cancel);
        Assert.Equal(ReasonCode.ServerShuttingDown, (await client.ReceiveAsync<DisconnectPacket>()).Reason);
        await client.ExpectClosedAsync();
        await old.ExpectClosedAsync();
        await events.ExpectAsync("pre_shutdown");
        // One loop may be faster than the other; what was subscribed and retained goes without a word.
        List<string> rest = await events.TakeUntilAsync("post_shutdown");
        Assert.Equal(["disconnected new ServerShutdown", "disconnected old ServerShutdown"], rest.Where(static e => e.StartsWith("disconnected", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(rest, static e => e.StartsWith("unsubscribed", StringComparison.Ordinal) || e.StartsWith("retained", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Disposal_shuts_down_and_frees_the_port()
    {
        int port = FreePort();
        await using (MqttBroker broker = await MqttBroker.StartAsync(Options(port: port), Cancel)) await (await ServesAsync(broker)).DisposeAsync();
        using var free = new TcpListener(IPAddress.Loopback, port);
        free.Start();
    }

    [Fact]
    public async Task A_broker_that_lost_an_event_loop_says_so_and_can_be_stopped_and_started_again()
    {
        var clock = new BreakingClock();
        var log = new LogRecorder();
        await using MqttBroker broker = await MqttBroker.StartAsync(Options(), new BrokerServices { Time = clock, LoggerFactory = LoggerFactory.Create(builder => builder.AddProvider(log)) }, Cancel);
        var clients = new List<WireClient>();
        for (int i = 0; i < 8; i++) clients.Add(await ServesAsync(broker, $"client {i}")); // some on either loop
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registration = broker.Failed.Register(failed.SetResult);
        clock.BreakOneLoop();
        await failed.Task.WaitAsync(Cancel);
        Assert.Contains(log.Lines, static line => line is { Level: LogLevel.Critical } && line.Text.Contains("the clock is broken", StringComparison.Ordinal));
        await broker.StopAsync(Cancel);
        Assert.Equal(BrokerStatus.Stopped, broker.Status);
        foreach (WireClient client in clients)
        {
            await client.ExpectClosedAsync();
            await client.DisposeAsync();
        }

        await broker.StartAsync(Cancel);
        Assert.False(broker.Failed.IsCancellationRequested);
        await (await ServesAsync(broker)).DisposeAsync();
    }

    /// <summary>Starts a broker with a plugin that fails the first time, sees that nothing is left of that, and starts it again.</summary>
    private static async Task<PluginException> FailsOnceAsync(Action<PluginCollection> addPlugin)
    {
        int port = FreePort();
        BrokerOptions options = Options(port: port);
        addPlugin(options.Plugins);
        await using MqttBroker broker = await MqttBroker.CreateAsync(options);
        PluginException failed = await Assert.ThrowsAnyAsync<PluginException>(() => broker.StartAsync(Cancel));
        Assert.Equal(BrokerStatus.NotStarted, broker.Status);
        Assert.Empty(broker.Endpoints);
        using (var free = new TcpListener(IPAddress.Loopback, port)) free.Start();
        await broker.StartAsync(Cancel);
        await (await ServesAsync(broker)).DisposeAsync();
        return failed;
    }

    private static BrokerOptions Options(BasePlugin? plugin = null, int port = 0)
    {
        var options = new BrokerOptions { EventLoops = 2, Plugins = new PluginCollection().Add("anonymous") };
        options.Listeners[ListenerCollection.DefaultName].Bind = new ListenEndpoint("127.0.0.1", port);
        if (plugin is not null) options.Plugins.Add(plugin);
        return options;
    }

    private static async Task<WireClient> ServesAsync(MqttBroker broker, string clientId = "client", bool cleanStart = true)
    {
        WireClient client = await WireClient.ConnectTcpAsync(broker.Endpoints["default"].First());
        Assert.Equal(ReasonCode.Success, (await client.ConnectAsync(clientId, cleanStart: cleanStart)).Reason);
        return client;
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    /// <summary>A number that outlives the plugins that count with it.</summary>
    internal sealed class Countdown(int from)
    {
        public int Value = from;

        public int Next() => Interlocked.Decrement(ref Value) + 1;
    }

    internal sealed class FailsOnce(FailsOnce.Config config) : BrokerPlugin
    {
        public override ValueTask OnBrokerPreStartAsync(CancellationToken cancel) =>
            config.Times.Next() > 0 ? throw new InvalidOperationException("not today") : default;

        public sealed class Config
        {
            public required Countdown Times { get; init; }
        }
    }

    internal sealed class FailsOnceStarted(FailsOnceStarted.Config config) : BrokerPlugin
    {
        public override ValueTask OnBrokerPostStartAsync(CancellationToken cancel) =>
            config.Times.Next() > 0 ? throw new InvalidOperationException("not today") : default;

        public sealed class Config
        {
            public required Countdown Times { get; init; }
        }
    }

    internal sealed class Counted : BrokerPlugin
    {
        public Counted(Config config) => config.Made.Next();

        public sealed class Config
        {
            public required Countdown Made { get; init; }
        }
    }
}
