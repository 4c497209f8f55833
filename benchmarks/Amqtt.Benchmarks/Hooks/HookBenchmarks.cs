#pragma warning disable VSTHRD002, VSTHRD103, CA2012 // What is measured has completed when its result is taken.
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Amqtt.Broker.Hooks;
using Amqtt.Broker.Routing;
using Amqtt.Broker.Transport;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Runtime.Plugins;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Amqtt.Benchmarks.Hooks;

/// <summary>
/// What a PUBLISH of 64 bytes pays for hooks: the question whether anybody is to be asked, transforms that have earned the loop (with the draft they work on), a topic filter, and a
/// transform that waits, which costs a trip to the thread pool.
/// </summary>
[MemoryDiagnoser]
public class HookBenchmarks
{
    private static readonly byte[] Topic = "sensors/kitchen/t/20"u8.ToArray();

    private readonly byte[] _payload = new byte[64];
    private readonly Text _text = new();
    private readonly DraftPool _drafts = new(new LoopClock(TimeProvider.System));
    private HookTable _unused = null!;
    private HookTable _elsewhere = null!;
    private HookTable _one = null!;
    private HookTable _three = null!;
    private HookTable _pending = null!;
    private HookTable _filter = null!;
    private readonly Session _session = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;

    [GlobalSetup]
    public void Setup()
    {
        _unused = Table(new Idle(), new Idle());
        _elsewhere = Table(new PluginSettings { Topics = ["factory/#"] }, new Sync());
        _one = Table(new Sync());
        _three = Table(new Sync(), new Sync(), new Sync());
        _pending = Table(new Waits());
        _filter = Table(new Allows());
    }

    /// <summary>What a PUBLISH is without anybody asked: to be taken off the others.</summary>
    [Benchmark(Baseline = true)]
    public int Nobody_asked()
    {
        var publication = new Publication(Topic, [], _payload, QoS.AtMostOnce, retain: false, long.MaxValue, "client");
        return Length(ref publication);
    }

    [Benchmark]
    public bool Unused() => _unused.LeavesPublishAlone;

    [Benchmark]
    public bool Elsewhere_other_topics() => _elsewhere.OnPublish.Applies(_elsewhere.Scopes.OfTopic(Topic));

    [Benchmark]
    public bool One_synchronous() => Run(_one);

    [Benchmark]
    public bool Three_synchronous() => Run(_three);

    [Benchmark]
    public async Task<bool> One_pending()
    {
        MessageDraft draft = await _pending.OnPublish.RunAsync(Draft(), PluginScopes.All);
        bool changed = draft.Edits.Any;
        _drafts.Return(draft);
        return changed;
    }

    [Benchmark]
    public bool One_filter() => _filter.Topics.FilterAsync(TopicAction.Publish, _session, _text.Topic, QoS.AtMostOnce, retain: false, thread: _thread).Result.IsAllowed;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Length(ref Publication publication) => publication.Payload.Length;

    private bool Run(HookTable hooks)
    {
        MessageDraft draft = hooks.OnPublish.RunAsync(Draft(), PluginScopes.All).Result;
        bool changed = draft.Edits.Any;
        _drafts.Return(draft);
        return changed;
    }

    private MessageDraft Draft()
    {
        var publication = new Publication(Topic, [], _payload, QoS.AtMostOnce, retain: false, long.MaxValue, "client");
        return _drafts.Begin(ref publication, _text, MessageHook.Publish, _session, MessageOrigin.Client);
    }

    private static HookTable Table(params BrokerPlugin[] plugins) => Table(new PluginSettings(), plugins);

    private static HookTable Table(PluginSettings settings, params BrokerPlugin[] plugins)
    {
        HostedPlugin[] hosted = Array.ConvertAll(plugins, plugin => Host(plugin, settings));
        var clock = new CoarseClock(TimeProvider.System);
        TopicLink[] links = [.. hosted.Where(static plugin => plugin.Hooks.Contains(Hook.FilterTopic)).Select(static plugin => new TopicLink(plugin))];
        return new HookTable(
            hosted, new AuthChain([]), new TopicChain(links, isStrict: false, clock, new Authorization()), new ConnectionFilters([]), new EnhancedAuthentication([]), clock);
    }

    private static HostedPlugin Host(BrokerPlugin plugin, PluginSettings settings)
    {
        string id = plugin.GetType().Name;
        var faults = new PluginFaults(id, NullLogger.Instance, new PluginCounters(new Meter("benchmark")));
        var hosted = new HostedPlugin(
            new PluginIdentity(id, id, plugin.GetType()), new HostedContext(id, NullLogger.Instance, TimeProvider.System), faults, PluginTimeouts.Default, settings)
        {
            Hooks = PluginHooks.Of(plugin.GetType()),
            ScopeBit = settings.Topics is null ? PluginScopes.Unscoped : 2,
        };
        hosted.Attach(plugin, new Lane(plugin, faults, TimeSpan.FromSeconds(10), TimeProvider.System, 10));
        foreach (Hook hook in new[] { Hook.Publish, Hook.FilterTopic })
        {
            while (!hosted.GateOf(hook).Promotion.IsEarned) hosted.GateOf(hook).Promotion.CountPoolCall(TimeSpan.Zero);
        }

        return hosted;
    }

    private sealed class Idle : BrokerPlugin;

    private sealed class Sync : BrokerPlugin
    {
        public override ValueTask OnPublishAsync(PublishContext context) => default;
    }

    private sealed class Waits : BrokerPlugin
    {
        public override async ValueTask OnPublishAsync(PublishContext context) => await Task.Yield();
    }

    private sealed class Allows : BaseTopicPlugin
    {
        public override ValueTask<Decision> FilterTopicAsync(TopicContext context) => Decision.Allow;
    }

    private sealed class Text : ITopicText
    {
        public string Topic => "sensors/kitchen/t/20";
    }
}
