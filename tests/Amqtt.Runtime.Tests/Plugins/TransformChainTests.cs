using System.Diagnostics.Metrics;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Plugins;
using Microsoft.Extensions.Time.Testing;

namespace Amqtt.Runtime.Tests.Plugins;

/// <summary>Where transforms run, what they cost, and what stands in front of them.</summary>
public sealed class TransformChainTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly LogRecorder _log = new();

    [Fact]
    public async Task A_transform_starts_on_the_pool_and_earns_the_calling_thread()
    {
        var threads = new HashSet<int>();
        var hosted = Host(new Transform(_ => { lock (threads) threads.Add(Environment.CurrentManagedThreadId); }));
        var chain = Chain(hosted);
        for (var i = 0; i < 1000; i++) await chain.RunAsync(Draft(), PluginScopes.All);
        Assert.True(hosted.GateOf(Hook.Publish).Promotion.IsEarned);
        lock (threads) threads.Clear();
        var caller = Environment.CurrentManagedThreadId;
        Assert.True(chain.RunAsync(Draft(), PluginScopes.All).IsCompletedSuccessfully);
        Assert.Equal([caller], threads);
    }

    [Fact]
    public async Task A_transform_that_is_to_stay_on_the_pool_stays_there()
    {
        var hosted = Host(new Transform(static _ => { }), new() { Offload = true });
        for (var i = 0; i < 1100; i++) await Chain(hosted).RunAsync(Draft(), PluginScopes.All);
        Assert.False(hosted.GateOf(Hook.Publish).Promotion.IsEarned);
    }

    [Fact]
    public void A_transform_that_holds_up_its_caller_goes_back_to_the_pool_and_is_named()
    {
        var hosted = Earned(Host(new Transform(_ => _time.Advance(TimeSpan.FromMilliseconds(120)))));
        Assert.True(Chain(hosted).RunAsync(Draft(), PluginScopes.All).IsCompletedSuccessfully);
        Assert.False(hosted.GateOf(Hook.Publish).Promotion.IsEarned);
        Assert.Contains("Plugin Transform: Publish held up an event loop for 120 ms and is called on the thread pool again.", _log.Of("host"));
    }

    [Fact]
    public void Earned_synchronous_transforms_allocate_nothing()
    {
        var chain = Chain(Earned(Host(new Transform(static context => _ = context.Topic.Length + context.Payload.Length))), Earned(Host(new Transform(static _ => { }))));
        var draft = Draft();
        Run(200);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run(int times)
        {
            for (var i = 0; i < times; i++)
            {
                Begin(draft);
                if (!chain.RunAsync(draft, PluginScopes.All).IsCompletedSuccessfully) throw new InvalidOperationException("It is not synchronous.");
            }
        }
    }

    [Fact]
    public async Task Calls_faults_time_outs_and_refusals_are_counted_by_plugin_and_hook()
    {
        var counts = new Dictionary<string, double>();
        using var meter = new Meter("Counted");
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter == meter) self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Count(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Count(instrument, 1, tags));
        listener.Start();

        var counters = new PluginCounters(meter);
        var faults = new PluginFaults("p", _log.CreateLogger("host"), counters);
        var plugin = new Transform(static context => throw new InvalidOperationException(context.Topic));
        var hosted = new HostedPlugin(new("p", "p", typeof(Transform)), new HostedContext("p", _log.CreateLogger("p"), _time), faults, PluginTimeouts.Default, new())
        {
            Hooks = PluginHooks.Of(typeof(Transform)),
        };
        hosted.Attach(plugin, new(plugin, faults, HostedPlugins.Never, _time, 10));
        counters.Observe(() => [hosted]);
        for (var i = 0; i < 25; i++) Assert.Equal(DraftOutcome.Fault, (await Chain(hosted).RunAsync(Draft(), PluginScopes.All)).Outcome);
        listener.RecordObservableInstruments();
        Assert.Equal((20d, 20d, 5d), (counts["amqtt.plugin.calls p Publish"], counts["amqtt.plugin.faults p Publish"], counts["amqtt.plugin.refusals p Publish"]));

        void Count(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var key = instrument.Name;
            foreach (var tag in tags) key += $" {tag.Value}";
            lock (counts) counts[key] = counts.GetValueOrDefault(key) + value;
        }
    }

    [Fact]
    public void Of_calls_on_the_callers_thread_one_is_measured_every_twenty_milliseconds()
    {
        var measured = 0;
        using var meter = new Meter("Sampled");
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter == meter && instrument.Name == "amqtt.plugin.duration") self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => measured++);
        listener.Start();
        var plugin = new Transform(static _ => { });
        var faults = new PluginFaults("p", _log.CreateLogger("host"), new PluginCounters(meter));
        var hosted = new HostedPlugin(new("p", "p", typeof(Transform)), new HostedContext("p", _log.CreateLogger("p"), _time), faults, PluginTimeouts.Default, new())
        {
            Hooks = PluginHooks.Of(typeof(Transform)),
        };
        hosted.Attach(plugin, new(plugin, faults, HostedPlugins.Never, _time, 10));
        var chain = Chain(Earned(hosted));
        for (var step = 1; step <= 5; step++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(20));
            for (var i = 0; i < 100; i++) Assert.True(chain.RunAsync(Draft(), PluginScopes.All).IsCompletedSuccessfully);
            Assert.Equal(step, measured);
        }
    }

    [Fact]
    public void A_breaker_looks_at_the_calls_of_ten_seconds()
    {
        var calls = new CallCounter();
        var breaker = new CircuitBreaker(_time, calls);
        Call(10, faulty: 0);
        Assert.False(Call(9, faulty: 9)); // too few
        Assert.True(Call(1, faulty: 1)); // half of twenty
        Assert.Equal(Entry.Refused, breaker.TryEnter());

        _time.Advance(CircuitBreaker.OpenTime);
        Assert.Equal(Entry.Probe, breaker.TryEnter());
        Assert.Equal(Entry.Refused, breaker.TryEnter()); // one at a time
        Assert.True(breaker.Succeeded(Entry.Probe));
        Assert.Equal(Entry.Normal, breaker.TryEnter());

        Call(100, faulty: 0);
        Assert.False(Call(30, faulty: 30)); // less than half of what was lately
        for (var second = 0; second < 10; second++) breaker.Tick();
        Assert.False(Call(19, faulty: 19));
        Assert.True(Call(1, faulty: 1)); // the hundred are too long ago

        bool Call(int count, int faulty)
        {
            var opened = false;
            for (var i = 0; i < count; i++)
            {
                calls.Add();
                if (i < faulty) opened |= breaker.Failed(Entry.Normal);
            }

            return opened;
        }
    }

    private HostedPlugin Host(BrokerPlugin plugin, PluginSettings? settings = null)
    {
        var hosted = HostedPlugins.Host(plugin, _time, _log);
        if (settings is null) return hosted;
        var set = new HostedPlugin(hosted.Identity, hosted.Context, hosted.Faults, hosted.Timeouts, settings) { Hooks = hosted.Hooks };
        set.Attach(plugin, hosted.Lane!);
        return set;
    }

    private TransformChain<MessageDraft, PublishCall> Chain(params HostedPlugin[] plugins)
        => new(Array.ConvertAll(plugins, static plugin => new TransformLink(plugin, Hook.Publish)), new CoarseClock(_time));

    private static HostedPlugin Earned(HostedPlugin plugin)
    {
        while (!plugin.GateOf(Hook.Publish).Promotion.IsEarned) plugin.GateOf(Hook.Publish).Promotion.CountPoolCall(TimeSpan.Zero);
        return plugin;
    }

    private static MessageDraft Draft()
    {
        var draft = new MessageDraft();
        Begin(draft);
        return draft;
    }

    private static void Begin(MessageDraft draft)
        => draft.Begin(new(MessageHook.Publish, null, "c", MessageOrigin.Client, QoS.AtLeastOnce, false, 0), Text.Instance, ReadOnlySpan<byte>.Empty, "payload"u8);

    private sealed class Transform(Action<PublishContext> work) : BrokerPlugin
    {
        public override ValueTask OnPublishAsync(PublishContext context)
        {
            work(context);
            return default;
        }
    }

    private sealed class Text : ITopicText
    {
        public static Text Instance { get; } = new();

        public string Topic => "a/b";
    }
}
