using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Limits;

/// <summary>How much clients may subscribe to, retain and keep: at each limit and one beyond.</summary>
public sealed class SubscriptionLimitTests
{
    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task Max_subscriptions(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxSubscriptions = 2);
        WireClient client = await broker.ConnectAsync("c", version);
        await client.SubscribeAsync("a");
        await client.SubscribeAsync("b");
        Assert.Equal([Beyond(version), ReasonCode.GrantedQoS1], await AskAsync(client, new("c", default), new("a", new() { QoS = QoS.AtLeastOnce }))); // a is no new one
        Assert.Equal(1, broker.Refusals("max_subscriptions"));
        await client.PublishAsync("c", "no");
        await client.PublishAsync("b", "yes");
        await client.ExpectPublishAsync("b", "yes");

        await client.UnsubscribeAsync("b");
        await client.SubscribeAsync("c");
        await (await broker.ConnectAsync("d", version)).SubscribeAsync("a"); // for each client
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task Max_filters_per_subscribe(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxFiltersPerSubscribe = 2);
        WireClient client = await broker.ConnectAsync("c", version);
        await client.SubscribeAsync(new SubscriptionRequest("a", default), new SubscriptionRequest("b", default));
        Assert.Equal([Beyond(version), Beyond(version), Beyond(version)], await AskAsync(client, new("c", default), new("d", default), new("e", default)));
        Assert.Equal(3, broker.Refusals("max_filters_per_subscribe"));
        await client.PublishAsync("c", "no");
        await client.PublishAsync("a", "yes");
        await client.ExpectPublishAsync("a", "yes");
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task Max_shared_group_members(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxSharedGroupMembers = 2);
        WireClient first = await broker.ConnectAsync("c0", version);
        await first.SubscribeAsync("$share/g/a");
        await (await broker.ConnectAsync("c1", version)).SubscribeAsync("$share/g/a");
        WireClient third = await broker.ConnectAsync("c2", version);
        Assert.Equal([Beyond(version)], await AskAsync(third, new SubscriptionRequest("$share/g/a", default)));
        Assert.Equal(1, broker.Refusals("max_shared_group_members"));
        await third.SubscribeAsync("$share/h/a");
        await first.SubscribeAsync("$share/g/a"); // it is a member already
        await first.UnsubscribeAsync("$share/g/a");
        await third.SubscribeAsync("$share/g/a");
        Assert.Equal([3], broker.Measure("amqtt.broker.subscriptions").Select(static m => m.Value));
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task Max_retained_messages(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxRetainedMessages = 2);
        WireClient client = await broker.ConnectAsync("c", version);
        await client.SubscribeAsync("a/+");
        Assert.Equal(ReasonCode.Success, await client.PublishAsync("a/1", "x", QoS.AtLeastOnce, retain: true));
        Assert.Equal(ReasonCode.Success, await client.PublishAsync("a/2", "x", QoS.AtLeastOnce, retain: true));
        ReasonCode refused = version == ProtocolVersion.V5 ? ReasonCode.QuotaExceeded : ReasonCode.Success;
        Assert.Equal(refused, await client.PublishAsync("a/3", "x", QoS.AtLeastOnce, retain: true));
        await client.PublishAsync("a/4", "x", QoS.AtMostOnce, retain: true);
        Assert.Equal(ReasonCode.Success, await client.PublishAsync("a/1", "y", QoS.AtLeastOnce, retain: true)); // takes its own place
        foreach ((string topic, string text) in new[] { ("a/1", "x"), ("a/2", "x"), ("a/3", "x"), ("a/4", "x"), ("a/1", "y") }) await client.ExpectPublishAsync(topic, text);
        Assert.Equal(2, broker.Refusals("max_retained"));
        Assert.Equal([2], broker.Measure("amqtt.broker.retained.messages").Select(static m => m.Value));

        WireClient late = await broker.ConnectAsync("late", version);
        await late.SubscribeAsync("a/+");
        string[] topics = [(await late.ReceivePublishAsync()).Topic, (await late.ReceivePublishAsync()).Topic];
        Assert.Equal(["a/1", "a/2"], topics.Order());
        await late.ExpectNothingMoreAsync();
    }

    [Fact]
    public async Task Max_retained_bytes()
    {
        // Two levels of 128 bytes each, a topic of 3 and the payload.
        await using TestBroker broker = await TestBroker.StartAsync(configure: static options => options.Limits.MaxRetainedBytes = 128 + 128 + 3 + 100);
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        Assert.Equal(ReasonCode.QuotaExceeded, await client.PublishAsync("a/1", new byte[101], QoS.AtLeastOnce, retain: true));
        Assert.Equal(ReasonCode.NoMatchingSubscribers, await client.PublishAsync("a/1", new byte[100], QoS.AtLeastOnce, retain: true));
        Assert.Equal(ReasonCode.QuotaExceeded, await client.PublishAsync("a/2", new byte[1], QoS.AtLeastOnce, retain: true));
        Assert.Equal(2, broker.Refusals("max_retained"));
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task Max_sessions_bounds_those_that_outlive_their_connection(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxSessions = 2);
        WireClient first = await ConnectAsync(broker, "a", version);
        await (await ConnectAsync(broker, "b", version)).DisconnectAsync();
        await ConnectAsync(broker, "c", version, Full(version));
        Assert.Equal(1, broker.Refusals("max_sessions"));
        await broker.ConnectAsync("clean", version);
        await (await ConnectAsync(broker, "b", version)).DisconnectAsync(); // has its place
        await first.DisconnectAsync();
        await broker.ConnectAsync("a", version); // a clean start gives it up
        await ConnectAsync(broker, "c", version);
        Assert.Equal([2], broker.Measure("amqtt.broker.sessions").Select(static m => m.Value));
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task Max_sessions_per_identity(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxSessionsPerIdentity = 2);
        await ConnectAsync(broker, "a0", version, user: "alice");
        WireClient second = await ConnectAsync(broker, "a1", version, user: "alice");
        await ConnectAsync(broker, "a2", version, Full(version), user: "alice");
        Assert.Equal(1, broker.Refusals("max_sessions_per_identity"));
        await ConnectAsync(broker, "b0", version, user: "bob");
        for (int i = 0; i < 3; i++) await ConnectAsync(broker, $"nobody{i}", version);

        await second.DisconnectAsync();
        WireClient clean = await broker.OpenAsync(version);
        await clean.ConnectAsync("a1", version, userName: "alice");
        await ConnectAsync(broker, "a2", version, user: "alice");
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task A_session_that_was_nobodys_counts_for_who_claims_it(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxSessionsPerIdentity = 2);
        foreach (string id in new[] { "a0", "a1", "a2", "a3" }) await broker.Broker.CreateSessionAsync(id, cancel: TestContext.Current.CancellationToken);
        await ConnectAsync(broker, "a0", version, user: "alice");
        await ConnectAsync(broker, "a1", version, user: "alice");
        // Neither may she claim a third, nor have it as a new one, which leaves it to others.
        await ConnectAsync(broker, "a2", version, Full(version), user: "alice");
        if (version == ProtocolVersion.V5) await ConnectAsync(broker, "a2", version, Full(version), user: "alice", cleanStart: true);
        Assert.Equal(version == ProtocolVersion.V5 ? 2 : 1, broker.Refusals("max_sessions_per_identity"));
        await ConnectAsync(broker, "a2", version, user: "bob");
        Assert.Equal([4], broker.Measure("amqtt.broker.sessions").Select(static m => m.Value));

        // The place is given back by whom it belongs to.
        await broker.Broker.DeleteSessionAsync("a0", cancel: TestContext.Current.CancellationToken);
        await ConnectAsync(broker, "a3", version, user: "alice");
        await ConnectAsync(broker, "a4", version, Full(version), user: "alice");
        Assert.Equal([3], broker.Measure("amqtt.broker.sessions").Select(static m => m.Value));
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task A_session_that_was_made_to_last_no_time_has_one_place_when_its_client_comes(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxSessions = 1);
        await broker.Broker.CreateSessionAsync("a", new NewSessionOptions { Expiry = TimeSpan.Zero }, TestContext.Current.CancellationToken);
        await ConnectAsync(broker, "a", version);
        await ConnectAsync(broker, "b", version, Full(version));
        await broker.Broker.DeleteSessionAsync("a", cancel: TestContext.Current.CancellationToken);
        await ConnectAsync(broker, "b", version);
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task A_clean_start_keeps_its_place_from_a_session_on_another_loop(Link link)
    {
        // The will of the session that ends is sent before its successor begins: until that is done, another loop has all the time it wants.
        using var goOn = new ManualResetEventSlim();
        var holdsUp = new HoldsUpWills(goOn);
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxSessions = 1, holdsUp);
        string elsewhere = await OnAnotherLoopAsync(broker, "a");
        await HoldsUpWills.EarnLoopsAsync(await broker.ConnectAsync("publisher"));
        var properties = new MqttProperties { SessionExpiryInterval = 100 };
        var will = new WillMessage { Topic = "will", Properties = new MqttProperties { WillDelayInterval = 60 } };
        await (await broker.ConnectAsync("a", ProtocolVersion.V5, properties: properties, will: will)).DisconnectAsync(ReasonCode.DisconnectWithWillMessage);

        Task<WireClient> starting = broker.ConnectAsync("a", ProtocolVersion.V5, cleanStart: true, properties);
        await holdsUp.Entered.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        try
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => broker.Broker.CreateSessionAsync(elsewhere, cancel: TestContext.Current.CancellationToken).AsTask());
        }
        finally
        {
            goOn.Set();
        }

        await starting;
        Assert.Equal([1], broker.Measure("amqtt.broker.sessions").Select(static m => m.Value));
        await broker.Broker.DeleteSessionAsync("a", cancel: TestContext.Current.CancellationToken);
        Assert.Equal([0], broker.Measure("amqtt.broker.sessions").Select(static m => m.Value));
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task What_is_not_available_is_announced_and_refused(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options =>
        {
            options.Limits.MaxQos = 1;
            options.Limits.RetainAvailable = options.Limits.WildcardAvailable = options.Limits.SharedAvailable = options.Limits.SubscriptionIdsAvailable = false;
        });
        if (version == ProtocolVersion.V5)
        {
            MqttProperties announced = (await (await broker.OpenAsync(version)).ConnectAsync("c", version)).Properties;
            Assert.Equal(QoS.AtLeastOnce, announced.MaximumQoS);
            Assert.False(announced.RetainAvailable | announced.WildcardSubscriptionAvailable | announced.SharedSubscriptionAvailable | announced.SubscriptionIdentifierAvailable);
        }

        await RefusesAsync(new PublishPacket { Topic = "a", QoS = QoS.ExactlyOnce, PacketId = 1 }, ReasonCode.QoSNotSupported, "max_qos");
        await RefusesAsync(new PublishPacket { Topic = "a", Retain = true }, ReasonCode.RetainNotSupported, "retain_available");
        await RefusesAsync(Subscribe("a/+"), ReasonCode.WildcardSubscriptionsNotSupported, "wildcard_available");
        await RefusesAsync(Subscribe("$share/g/a"), ReasonCode.SharedSubscriptionsNotSupported, "shared_available");
        if (version != ProtocolVersion.V5) return;
        var identified = new SubscribePacket { PacketId = 1, Subscriptions = [new("a", default)], Properties = new MqttProperties { SubscriptionIdentifiers = [1] } };
        await RefusesAsync(identified, ReasonCode.SubscriptionIdentifiersNotSupported, "subscription_ids_available");

        async Task RefusesAsync(MqttPacket packet, ReasonCode reason, string counter)
        {
            WireClient client = await broker.ConnectAsync("c", version);
            await client.SendAsync(packet);
            if (packet is SubscribePacket && version != ProtocolVersion.V5)
            {
                Assert.Equal([ReasonCode.UnspecifiedError], (await client.ReceiveAsync<SubAckPacket>()).Reasons);
            }
            else
            {
                if (version == ProtocolVersion.V5) Assert.Equal(reason, (await client.ReceiveAsync<DisconnectPacket>()).Reason);
                await client.ExpectClosedAsync();
            }

            Assert.Equal(1, broker.Refusals(counter));
        }
    }

    /// <summary>A client id that another loop owns than that of <paramref name="clientId"/>.</summary>
    private static async Task<string> OnAnotherLoopAsync(TestBroker broker, string clientId)
    {
        int loop = await LoopOfAsync(clientId);
        for (int i = 0; ; i++)
        {
            if (await LoopOfAsync($"other{i}") != loop) return $"other{i}";
        }

        async Task<int> LoopOfAsync(string id)
        {
            var session = (Sessions.Session)await broker.Broker.CreateSessionAsync(id, cancel: TestContext.Current.CancellationToken);
            await broker.Broker.DeleteSessionAsync(id, cancel: TestContext.Current.CancellationToken);
            return session.Loop;
        }
    }

    private static SubscribePacket Subscribe(string filter) => new() { PacketId = 1, Subscriptions = [new(filter, default)] };

    private static async Task<IReadOnlyList<ReasonCode>> AskAsync(WireClient client, params SubscriptionRequest[] requests)
    {
        await client.SendAsync(new SubscribePacket { PacketId = 999, Subscriptions = requests });
        return (await client.ReceiveAsync<SubAckPacket>()).Reasons;
    }

    private static async Task<WireClient> ConnectAsync(TestBroker broker, string clientId, ProtocolVersion version, ReasonCode expected = ReasonCode.Success, string? user = null, bool cleanStart = false)
    {
        WireClient client = await broker.OpenAsync(version);
        var properties = new MqttProperties { SessionExpiryInterval = version == ProtocolVersion.V5 ? 100u : null };
        await client.ConnectAsync(clientId, version, cleanStart, userName: user, properties: properties, expected: expected);
        return client;
    }

    private static ReasonCode Beyond(ProtocolVersion version) => version == ProtocolVersion.V5 ? ReasonCode.QuotaExceeded : ReasonCode.UnspecifiedError;

    private static ReasonCode Full(ProtocolVersion version) => version == ProtocolVersion.V5 ? ReasonCode.QuotaExceeded : ReasonCode.ServerUnavailable;

    /// <summary>A quick hook, which is called on the loop of the publisher, until there is a will.</summary>
    private sealed class HoldsUpWills(ManualResetEventSlim goOn) : BrokerPlugin
    {
        private const int CallsToEarn = 1000;

        private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Entered => _entered.Task;

        public static async Task EarnLoopsAsync(WireClient publisher)
        {
            for (int i = 0; i < CallsToEarn; i++) await publisher.PublishAsync("t", "x", QoS.AtLeastOnce);
        }

        public override ValueTask OnPublishAsync(PublishContext context)
        {
            if (context.Topic == "will")
            {
                _entered.SetResult();
                goOn.Wait(CancellationToken.None);
            }

            return default;
        }
    }
}
