using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Amqtt.Plugins;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Plugins;
using Microsoft.Extensions.Time.Testing;

namespace Amqtt.Runtime.Tests.Plugins;

/// <summary>PF-8 for observers, P-E8, P-E9: a plugin that throws, hangs, blocks or is slow costs itself its events and nobody else anything.</summary>
public sealed class LaneTests
{
    private static readonly TimeSpan TimeOut = TimeSpan.FromSeconds(10);
    private readonly FakeTimeProvider _time = new();
    private readonly LogRecorder _log = new();

    [Fact]
    public async Task Events_arrive_in_order()
    {
        var plugin = new Observer((_, _) => default);
        var lane = Lane(plugin);
        for (var i = 0; i < 50; i++) lane.Post(Connected($"{i}"));

        Assert.True(await lane.CompleteAsync(TimeOut));
        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"{i}"), plugin.Seen);
    }

    [Fact]
    public async Task An_exception_is_logged_with_plugin_and_hook_and_the_next_event_comes()
    {
        var plugin = new Observer((name, _) => name == "bad" ? throw new InvalidOperationException("boom") : default);
        var lane = Lane(plugin);
        lane.Post(Connected("bad"));
        lane.Post(Connected("good"));

        await lane.CompleteAsync(TimeOut);
        Assert.Equal(["bad", "good"], plugin.Seen);
        var line = Assert.Single(_log.Lines);
        Assert.Equal("Plugin Observer: BrokerClientConnected failed.", line.Text);
        Assert.Equal("boom", line.Exception?.Message);
    }

    [Fact]
    public async Task A_hook_that_hangs_is_left_behind_and_its_token_cancelled()
    {
        var cancelled = new TaskCompletionSource();
        var plugin = new Observer((name, cancel) =>
        {
            if (name != "hangs") return default;
            cancel.Register(cancelled.SetResult);
            return new(new TaskCompletionSource().Task);
        });
        var lane = Lane(plugin);
        lane.Post(Connected("hangs"));
        lane.Post(Connected("next"));

        while (plugin.Seen.Count < 2)
        {
            _time.Advance(TimeOut);
            await Task.Yield();
        }

        await cancelled.Task;
        Assert.Equal(["Plugin Observer: BrokerClientConnected took longer than 10s and is waited for no longer."], _log.Of("host"));
    }

    [Fact]
    public async Task A_hook_that_blocks_holds_up_its_own_lane_only_and_is_named()
    {
        using var release = new ManualResetEventSlim();
        var blocking = new Observer((_, _) =>
        {
            release.Wait(CancellationToken.None);
            return default;
        });
        var other = new Observer((_, _) => default);
        var blocked = Lane(blocking);
        var free = Lane(other);
        var observers = new Observers<ClientConnectedEvent>(new(blocked), new(free));

        observers.Raise(Connected("one"));
        observers.Raise(Connected("two"));
        Assert.True(await free.CompleteAsync(TimeOut));
        Assert.Equal(["one", "two"], other.Seen);

        await Until(() => blocking.Seen.Count == 1);
        _time.Advance(TimeOut);
        blocked.Watch();
        blocked.Watch();
        Assert.Equal(["Plugin Observer: BrokerClientConnected has been blocking its thread for 00:00:10; the plugin's other events wait."], _log.Of("host"));

        release.Set();
        await Until(() => blocking.Seen.Count == 2);
    }

    [Fact]
    public async Task A_full_lane_drops_packets_and_messages_but_no_change_of_clients()
    {
        using var release = new ManualResetEventSlim();
        var plugin = new Observer((_, _) =>
        {
            release.Wait(CancellationToken.None);
            return default;
        });
        var lane = Lane(plugin, capacity: 3);
        lane.Post(Connected("first"));
        await Until(() => plugin.Seen.Count == 1);

        for (var i = 0; i < 5; i++) lane.Post(Packet());
        for (var i = 0; i < 5; i++) lane.Post(Connected($"client {i}"));
        lane.Post(Packet());
        Assert.Equal(8, lane.Depth);

        release.Set();
        await lane.CompleteAsync(TimeOut);
        Assert.Equal(["first", "packet", "packet", "packet", "client 0", "client 1", "client 2", "client 3", "client 4"], plugin.Seen);
        Assert.Equal(
            [
                "Plugin Observer does not keep up: its lane is full and events are dropped, the first one for MqttPacketReceived.",
                "Plugin Observer: events dropped while its lane was full: 3.",
            ],
            _log.Of("host"));
    }

    [Fact]
    public async Task PF_16_what_a_full_lane_drops_is_counted_by_plugin_and_hook()
    {
        var dropped = 0L;
        using var meter = new Meter("Lane");
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter == meter && instrument.Name == "amqtt.plugin.drops") self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            Assert.Equal([new("plugin", "slow"), new("hook", "MqttPacketReceived")], tags.ToArray());
            Interlocked.Add(ref dropped, value);
        });
        listener.Start();

        using var release = new ManualResetEventSlim();
        var plugin = new Observer((_, _) =>
        {
            release.Wait(CancellationToken.None);
            return default;
        });
        var lane = new Lane(plugin, new PluginFaults("slow", _log.CreateLogger("host"), new(meter)), TimeOut, _time, capacity: 3);
        lane.Post(Connected("first"));
        await Until(() => plugin.Seen.Count == 1);
        for (var i = 0; i < 10; i++) lane.Post(Packet());
        Assert.Equal(7, dropped);
        release.Set();
        await lane.CompleteAsync(TimeOut);
        Assert.Equal(4, plugin.Seen.Count);
    }

    [Fact]
    public async Task A_lane_that_cannot_be_emptied_in_time_is_given_up()
    {
        var plugin = new Observer((_, _) => new(new TaskCompletionSource().Task));
        var lane = Lane(plugin, timeout: HostedPlugins.Never);
        lane.Post(Connected("hangs"));
        lane.Post(Connected("never seen"));
        await Until(() => plugin.Seen.Count == 1);

        var completed = lane.CompleteAsync(TimeOut).AsTask();
        while (!completed.IsCompleted)
        {
            _time.Advance(TimeOut);
            await Task.Yield();
        }

        Assert.False(await completed);
        Assert.Equal(["hangs"], plugin.Seen);
    }

    [Fact]
    public async Task Late_events_are_forgotten()
    {
        var plugin = new Observer((_, _) => default);
        var lane = Lane(plugin);
        await lane.CompleteAsync(TimeOut);
        lane.Post(Connected("late"));
        Assert.Equal(0, lane.Depth);
        Assert.Empty(plugin.Seen);
    }

    internal static async Task Until(Func<bool> condition)
    {
        while (!condition()) await Task.Delay(1, TestContext.Current.CancellationToken);
    }

    private static ClientConnectedEvent Connected(string clientId) => new() { ClientId = clientId, Session = new TestSession(clientId) };

    private static PacketReceivedEvent Packet() => new() { Packet = new PingReqPacket() };

    private Lane Lane(Observer plugin, int capacity = 100, TimeSpan? timeout = null) => HostedPlugins.Host(plugin, _time, _log, timeout ?? TimeOut, capacity).Lane!;

    private sealed class Observer(Func<string, CancellationToken, ValueTask> hook) : BrokerPlugin
    {
        private readonly ConcurrentQueue<string> _seen = new();

        public ConcurrentQueue<string> Seen => _seen;

        public override ValueTask OnBrokerClientConnectedAsync(ClientConnectedEvent e, CancellationToken cancel) => See(e.ClientId, cancel);

        public override ValueTask OnMqttPacketReceivedAsync(PacketReceivedEvent e, CancellationToken cancel) => See("packet", cancel);

        private ValueTask See(string name, CancellationToken cancel)
        {
            _seen.Enqueue(name);
            return hook(name, cancel);
        }
    }
}
