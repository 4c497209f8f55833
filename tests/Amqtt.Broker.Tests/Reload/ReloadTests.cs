using System.Collections.Concurrent;
using System.Net;
using Amqtt.Broker.Configuration;
using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Plugins;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Reload;

/// <summary>PF-19 and PF-20: another configuration for the running broker, as a whole or not at all, and nobody notices.</summary>
public sealed class ReloadTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task PF_19_replacing_a_plugin_under_load_loses_duplicates_and_reorders_nothing(Link link)
    {
        const int Messages = 10_000;
        var seen = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        await using TestBroker broker = await TestBroker.StartAsync(link, options => options.Limits.MaxQueuedMessages = Messages, new Counts(seen, 0));
        WireClient publisher = await broker.ConnectAsync("p"), subscriber = await broker.ConnectAsync("s");
        await subscriber.SubscribeAsync("load/#", QoS.AtLeastOnce);
        Task publishing = PublishAsync(publisher, Messages);
        Task receiving = ReceiveAsync(subscriber, Messages);
        int instances = 1;
        for (; !receiving.IsCompleted && instances < 50; instances++)
        {
            ReloadResult result = await broker.Broker.ReloadAsync(Options(new Counts(seen, instances)), Cancel);
            Assert.Equal(([nameof(Counts)], [nameof(Counts)]), (result.StartedPlugins.ToArray(), result.StoppedPlugins.ToArray()), EqualLists);
        }

        await publishing;
        await receiving;
        await broker.Broker.StopAsync(Cancel); // every event is delivered
        Assert.True(instances > 1);
        Assert.Equal(Messages, seen.Count);
        Assert.All(seen.Values, static times => Assert.Equal(1, times));
    }

    [Theory]
    [InlineData("constructor")]
    [InlineData("pre-start")]
    [InlineData("unknown plugin")]
    [InlineData("unknown listener")]
    [InlineData("bad limit")]
    public async Task PF_20_a_reload_with_any_error_changes_nothing(string mistake)
    {
        var old = new Tells("old");
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, old);
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        var fresh = new Tells("fresh");
        BrokerOptions options = Options(fresh);
        options.Limits.MaxSubscriptions = 1;
        switch (mistake)
        {
            case "constructor":
                options.Plugins.Add<ThrowsWhenMade>();
                break;
            case "pre-start":
                options.Plugins.Add(new ThrowsAtStart());
                break;
            case "unknown plugin":
                options.Plugins.Add("acme.Nowhere");
                break;
            case "unknown listener":
                options.Plugins.Add(new Tells("never"), new() { Listeners = ["nowhere"] });
                break;
            default:
                options.Limits.MaxQueuedMessages = -5;
                break;
        }

        Exception failure = await Assert.ThrowsAnyAsync<Exception>(() => broker.Broker.ReloadAsync(options, Cancel));
        Assert.True(failure is PluginException or ConfigurationException, failure.ToString());
        Assert.False(old.IsDisposed);
        await client.SubscribeAsync("a");
        await client.SubscribeAsync("b");
        Assert.Equal(ReasonCode.NotAuthorized, await client.PublishAsync("old", "1", QoS.AtLeastOnce));
        Assert.Equal(ReasonCode.NoMatchingSubscribers, await client.PublishAsync("fresh", "1", QoS.AtLeastOnce));
        if (mistake is "constructor" or "pre-start") Assert.True(fresh.IsDisposed);
    }

    [Fact]
    public async Task The_new_plugin_serves_knows_who_is_there_and_the_old_one_is_stopped_after_its_last_call()
    {
        var old = new Tells("old") { Holds = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) };
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, old);
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5), other = await broker.ConnectAsync("o", ProtocolVersion.V5);
        await broker.ConnectAsync("away", cleanStart: false).ContinueWith(static async connected => await (await connected).DisconnectAsync(), Cancel, TaskContinuationOptions.None, TaskScheduler.Default).Unwrap();
        await client.SendAsync(new PublishPacket { Topic = "held", QoS = QoS.AtLeastOnce, PacketId = 1 });
        await old.Holding.Task;
        var fresh = new Tells("fresh");
        Task<ReloadResult> reload = broker.Broker.ReloadAsync(Options(fresh), Cancel);
        Assert.Equal(["c", "o"], await fresh.Attached.Task);
        Assert.Equal(ReasonCode.NotAuthorized, await other.PublishAsync("fresh", "1", QoS.AtLeastOnce));
        Assert.False(old.IsDisposed);
        old.Holds.SetResult();
        await reload;
        Assert.True(old.IsDisposed);
        Assert.Equal(ReasonCode.NoMatchingSubscribers, (await client.ReceiveAsync<PubAckPacket>()).Reason);
        Assert.Equal(ReasonCode.NoMatchingSubscribers, await client.PublishAsync("old", "1", QoS.AtLeastOnce));
    }

    [Fact]
    public async Task A_plugin_that_has_not_changed_stays_and_one_with_other_options_is_replaced()
    {
        var stays = new Tells("stays");
        await using TestBroker broker = await TestBroker.StartAsync(
            Link.Memory, options => options.Plugins.Add<Configured>(new Configured.Config { Name = "one", Password = new Secret("a") }), stays);
        BrokerOptions same = Options(stays);
        same.Plugins.Add<Configured>(new Configured.Config { Name = "one", Password = new Secret("a") });
        ReloadResult result = await broker.Broker.ReloadAsync(same, Cancel);
        Assert.Equal(([], [nameof(AnonymousName), nameof(Tells), nameof(Configured)]), (result.StartedPlugins.ToArray(), result.KeptPlugins.ToArray()), EqualLists);
        BrokerOptions other = Options(stays);
        other.Plugins.Add<Configured>(new Configured.Config { Name = "one", Password = new Secret("b") });
        result = await broker.Broker.ReloadAsync(other, Cancel);
        Assert.Equal(([nameof(Configured)], [nameof(Configured)]), (result.StartedPlugins.ToArray(), result.StoppedPlugins.ToArray()), EqualLists);
        result = await broker.Broker.ReloadAsync(Options(stays), Cancel);
        Assert.Equal([nameof(Configured)], result.StoppedPlugins);
        Assert.False(stays.IsDisposed);
    }

    [Fact]
    public async Task Limits_change_at_once_and_what_needs_a_restart_is_named()
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory);
        BrokerOptions options = Options();
        options.Limits.MaxSubscriptions = 1;
        options.EventLoops = 1;
        options.Listeners[ListenerCollection.DefaultName].MaxConnections = 7;
        options.Listeners["more"] = new ListenerOptions { Bind = new ListenEndpoint("127.0.0.1", 0) };
        ReloadResult result = await broker.Broker.ReloadAsync(options, Cancel);
        Assert.Equal(["event_loops", "listeners.default.max_connections", "listeners.more"], result.NeedRestart);
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        await client.SubscribeAsync("a");
        await client.SendAsync(new SubscribePacket { PacketId = 9, Subscriptions = [new SubscriptionRequest("b", default)] });
        Assert.Equal([ReasonCode.QuotaExceeded], (await client.ReceiveAsync<SubAckPacket>()).Reasons);
    }

    [Fact]
    public async Task Limits_of_the_broker_count_at_once_for_what_is_there_already()
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory);
        var keeps = new MqttProperties { SessionExpiryInterval = 100 };
        await (await broker.OpenAsync(ProtocolVersion.V5)).ConnectAsync("a0", ProtocolVersion.V5, userName: "alice", properties: keeps);
        await (await broker.ConnectAsync("member", ProtocolVersion.V5)).SubscribeAsync("$share/g/a");
        WireClient second = await broker.ConnectAsync("second", ProtocolVersion.V5);
        WireClient late = await broker.OpenAsync(ProtocolVersion.V5);

        // One place each, which is taken.
        await broker.Broker.ReloadAsync(With(static limits => limits.MaxSessionsPerIdentity = limits.MaxSharedGroupMembers = 1), Cancel);
        await second.SendAsync(new SubscribePacket { PacketId = 9, Subscriptions = [new SubscriptionRequest("$share/g/a", default)] });
        Assert.Equal([ReasonCode.QuotaExceeded], (await second.ReceiveAsync<SubAckPacket>()).Reasons);
        await late.ConnectAsync("a1", ProtocolVersion.V5, userName: "alice", properties: keeps, expected: ReasonCode.QuotaExceeded);
        await (await broker.OpenAsync(ProtocolVersion.V5)).ConnectAsync("b0", ProtocolVersion.V5, userName: "bob", properties: keeps);

        await broker.Broker.ReloadAsync(With(static limits => limits.MaxSessions = 2), Cancel);
        await (await broker.OpenAsync(ProtocolVersion.V5)).ConnectAsync("c0", ProtocolVersion.V5, properties: keeps, expected: ReasonCode.QuotaExceeded);
        await (await broker.OpenAsync(ProtocolVersion.V5)).ConnectAsync("a0", ProtocolVersion.V5, cleanStart: false, userName: "alice", properties: keeps);
    }

    [Fact]
    public async Task Limits_of_addresses_and_rates_count_at_once()
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory);
        var address = IPAddress.Parse("192.0.2.1");
        await (await broker.OpenAsync(from: address)).ConnectAsync("there");
        await broker.Broker.ReloadAsync(With(static limits => limits.MaxConnectionsPerAddress = 1), Cancel);
        await (await broker.OpenAsync(from: address)).ExpectClosedAsync();

        await broker.Broker.ReloadAsync(With(static limits => limits.ConnectRatePerAddress = 1), Cancel);
        await (await broker.OpenAsync(from: address)).ConnectAsync("first");
        await (await broker.OpenAsync(from: address)).ExpectClosedAsync();

        await broker.Broker.ReloadAsync(With(static limits => limits.ConnectRate = limits.ConnectBurst = 1), Cancel);
        await (await broker.OpenAsync(from: address)).ConnectAsync("second");
        await (await broker.OpenAsync(from: address)).ConnectAsync("third", expected: ReasonCode.ServerUnavailable);
    }

    [Fact]
    public async Task The_limit_of_memory_counts_at_once()
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(Link.Memory);
        WireClient probe = await broker.ConnectAsync("probe");
        broker.Memory.Bytes = 20 * 1024 * 1024;
        await broker.Broker.ReloadAsync(With(static limits => limits.MaxMemory = 16 * 1024 * 1024), Cancel);
        await LookAsync(broker, probe);
        await (await broker.OpenAsync()).ConnectAsync("refused", expected: ReasonCode.ServerUnavailable);
        await broker.Broker.ReloadAsync(With(static limits => limits.MaxMemory = long.MaxValue), Cancel);
        await LookAsync(broker, probe);
        await broker.ConnectAsync("served");
    }

    private static async Task LookAsync(TestBroker broker, WireClient probe)
    {
        Task look = broker.Memory.NextLookAsync();
        broker.Time.Advance(TimeSpan.FromSeconds(1));
        await look;
        for (int i = 0; i < 2; i++) await probe.ExpectNothingMoreAsync(); // what the look has posted to the only loop is done then
    }

    private static BrokerOptions With(Action<LimitOptions> configure)
    {
        BrokerOptions options = Options();
        configure(options.Limits);
        return options;
    }

    private static string AnonymousName => "AnonymousAuthPlugin";

    private static bool EqualLists((string[], string[]) one, (string[], string[]) two) => one.Item1.SequenceEqual(two.Item1.Select(Real)) && one.Item2.Select(Real).SequenceEqual(two.Item2);

    private static string Real(string name) => name == nameof(AnonymousName) ? AnonymousName : name;

    internal static BrokerOptions Options(params BasePlugin[] plugins)
    {
        var options = new BrokerOptions { EventLoops = 2, Plugins = new PluginCollection().Add("anonymous") };
        options.Listeners[ListenerCollection.DefaultName].Bind = new ListenEndpoint("127.0.0.1", 0);
        options.Limits.MaxQueuedMessages = 10_000;
        foreach (BasePlugin plugin in plugins) options.Plugins.Add(plugin);
        return options;
    }

    private static async Task PublishAsync(WireClient client, int messages)
    {
        for (int i = 0; i < messages; i++) await client.PublishAsync($"load/{i % 3}", $"{i}", QoS.AtLeastOnce);
    }

    private static async Task ReceiveAsync(WireClient client, int messages)
    {
        for (int i = 0; i < messages; i++) await client.ExpectPublishAsync($"load/{i % 3}", $"{i}");
    }

    /// <summary>Counts each message once, by an observer, and is asked about it and transforms it besides.</summary>
    private sealed class Counts(ConcurrentDictionary<string, int> seen, int number) : BrokerPlugin, ITopicPlugin
    {
        public ValueTask<Decision> FilterTopicAsync(TopicContext context) => Decision.FromNullable(number >= 0);

        public override ValueTask OnPublishAsync(PublishContext context) => default;

        public override ValueTask OnBrokerMessageReceivedAsync(MessageReceivedEvent e, CancellationToken cancel)
        {
            seen.AddOrUpdate(System.Text.Encoding.UTF8.GetString(e.Message.Payload.Span), 1, static (_, times) => times + 1);
            return default;
        }
    }

    /// <summary>Denies the topic of its name, and tells what happens to it.</summary>
    private sealed class Tells(string name) : BrokerPlugin, ITopicPlugin
    {
        public TaskCompletionSource? Holds { get; init; }

        public TaskCompletionSource Holding { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<string[]> Attached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsDisposed { get; private set; }

        public async ValueTask<Decision> FilterTopicAsync(TopicContext context)
        {
            bool allow = context.Topic != name;
            if (Holds is null || context.Topic != "held") return allow;
            Holding.TrySetResult();
            await Holds.Task;
            return allow;
        }

        public override ValueTask OnAttachedAsync(AttachedEvent e, CancellationToken cancel)
        {
            Attached.TrySetResult([.. e.Sessions.Select(static session => session.ClientId).Order(StringComparer.Ordinal)]);
            return default;
        }

        public override ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return base.DisposeAsync();
        }
    }

    public sealed class Configured(Configured.Config config) : BrokerPlugin
    {
        public string Name => config.Name;

        public sealed class Config
        {
            public required string Name { get; init; }

            public Secret? Password { get; init; }
        }
    }

    public sealed class ThrowsWhenMade : BrokerPlugin
    {
        public ThrowsWhenMade() => throw new InvalidOperationException("cannot be made");
    }

    private sealed class ThrowsAtStart : BrokerPlugin
    {
        public override ValueTask OnBrokerPreStartAsync(CancellationToken cancel) => throw new InvalidOperationException("cannot be started");
    }
}
