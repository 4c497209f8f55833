using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Plugins;

/// <summary>What transforms can change, on the wire, on every transport.</summary>
public sealed class TransformTests
{
    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task A_message_is_changed_on_its_way_in(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, new TransformPlugin { Publish = TransformPlugin.Now<PublishContext>(Enrich) });
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        await client.SubscribeAsync("out/#", QoS.ExactlyOnce);
        Assert.Equal(ReasonCode.Success, await client.PublishAsync("in/a", "x", QoS.AtLeastOnce, properties: new MqttProperties { ContentType = "old" }));
        PublishPacket message = await client.ExpectPublishAsync("out/in/a", "x from c");
        Assert.Equal((QoS.ExactlyOnce, "new", "reply", true), (message.QoS, message.Properties.ContentType, message.Properties.ResponseTopic, message.Properties.PayloadFormatIndicator == 1));
        Assert.Equal([new UserProperty("seen-by", "plugin")], message.Properties.UserProperties);
        Assert.Equal([1, 2, 3], message.Properties.CorrelationData!.Value.ToArray());
        Assert.Equal(60u, message.Properties.MessageExpiryInterval);

        static void Enrich(PublishContext context)
        {
            Assert.Equal(("c", MessageOrigin.Client, "in/a", QoS.AtLeastOnce, false), (context.ClientId, context.Origin, context.Topic, context.QoS, context.Retain));
            Assert.Equal("old", context.ContentType);
            context.Topic = $"out/{context.Topic}";
            context.Payload = [.. context.Payload, .. " from c"u8];
            context.QoS = QoS.ExactlyOnce;
            context.ContentType = "new";
            context.ResponseTopic = "reply";
            context.CorrelationData = new byte[] { 1, 2, 3 };
            context.IsText = true;
            context.MessageExpiryInterval = TimeSpan.FromSeconds(60);
            context.AddUserProperty("seen-by", "plugin");
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task Plugins_work_one_after_the_other_whether_they_wait_or_not(Link link)
    {
        var first = new TransformPlugin { Publish = TransformPlugin.Now<PublishContext>(static context => context.Topic += "/1") };
        var second = new TransformPlugin { Publish = TransformPlugin.Later<PublishContext>(static context => context.Topic += "/2") };
        var third = new TransformPlugin { Publish = TransformPlugin.Now<PublishContext>(static context => context.Topic += "/3") };
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, first, second, third);
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        await client.SubscribeAsync("#");
        // More than it takes to be called on the loop: 1000.
        for (int i = 0; i < 1100; i++) await client.PublishAsync($"t{i}", "x");
        for (int i = 0; i < 1100; i++) await client.ExpectPublishAsync($"t{i}/1/2/3", "x");
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task What_nobody_changed_is_passed_on_byte_for_byte(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, new TransformPlugin { Publish = TransformPlugin.Now<PublishContext>(Look) });
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        await client.SubscribeAsync("t");
        // In an order of properties that no encoder of ours would choose.
        await client.SendHexAsync("30 17 00 01 74 13 26 00 01 61 00 01 62 03 00 02 78 79 01 01 26 00 00 00 00");
        await client.ExpectHexAsync("30 17 00 01 74 13 26 00 01 61 00 01 62 03 00 02 78 79 01 01 26 00 00 00 00");

        static void Look(PublishContext context) =>
            Assert.Equal(("t", "xy", true, 2), (context.Topic, context.ContentType, context.IsText, context.UserProperties.Count));
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task A_CONNECT_is_changed_before_it_is_authenticated(Link link)
    {
        var plugin = new TransformPlugin
        {
            Connect = TransformPlugin.Now<ConnectContext>(static context =>
            {
                Assert.Equal((ProtocolVersion.V5, "default"), (context.ProtocolVersion, context.Listener));
                if (context.UserName == "banned") context.Refuse(ReasonCode.Banned, "go away");
                if (context.ClientId == "fails") throw new InvalidOperationException("a mistake");
                context.ClientId = $"tenant/{context.ClientId}";
                context.UserName = "known";
                context.Password = "secret"u8.ToArray();
                context.Will = new WillMessage { Topic = "gone", Payload = "bye"u8.ToArray() };
                context.SessionExpiryInterval = TimeSpan.FromSeconds(7);
            }),
        };
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, plugin, new OnlyKnown());
        (WireClient client, ConnAckPacket answer) = await broker.ConnectAsync(new ConnectPacket { ClientId = "c", CleanStart = true });
        Assert.Equal(ReasonCode.Success, answer.Reason);
        WireClient other = await broker.ConnectAsync("other", ProtocolVersion.V5);
        await other.SubscribeAsync("gone");
        await client.DisposeAsync();
        await other.ExpectPublishAsync("gone", "bye");

        (_, answer) = await broker.ConnectAsync(new ConnectPacket { ClientId = "x", UserName = "banned", CleanStart = true });
        Assert.Equal((ReasonCode.Banned, "go away"), (answer.Reason, answer.Properties.ReasonString));
        (_, answer) = await broker.ConnectAsync(new ConnectPacket { ClientId = "fails", CleanStart = true });
        Assert.Equal(ReasonCode.ServerUnavailable, answer.Reason);
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task A_SUBSCRIBE_and_an_UNSUBSCRIBE_are_changed_filter_by_filter(Link link)
    {
        var plugin = new TransformPlugin
        {
            Subscribe = TransformPlugin.Now<SubscribeContext>(static context =>
            {
                for (int i = 0; i < context.Count; i++)
                {
                    SubscribeFilter filter = context[i];
                    if (filter.Filter == "no") filter.Refuse(ReasonCode.QuotaExceeded);
                    filter.Filter = $"tenant/{filter.Filter}";
                    filter.QoS = QoS.AtLeastOnce;
                    filter.NoLocal = true;
                }
            }),
            Unsubscribe = TransformPlugin.Later<UnsubscribeContext>(static context =>
            {
                if (context[0] == "keep") context.Refuse(0, ReasonCode.NotAuthorized);
                else context[0] = $"tenant/{context[0]}";
            }),
        };
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, plugin);
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        WireClient other = await broker.ConnectAsync("other", ProtocolVersion.V5);
        var options = new SubscriptionOptions { QoS = QoS.ExactlyOnce };
        await client.SendAsync(new SubscribePacket { PacketId = 1, Subscriptions = [new("a", options), new("no", options), new("keep", options)] });
        Assert.Equal([ReasonCode.GrantedQoS1, ReasonCode.QuotaExceeded, ReasonCode.GrantedQoS1], (await client.ReceiveAsync<SubAckPacket>()).Reasons);
        await client.PublishAsync("tenant/a", "own");
        await other.PublishAsync("tenant/a", "theirs", QoS.ExactlyOnce);
        Assert.Equal(QoS.AtLeastOnce, (await client.ExpectPublishAsync("tenant/a", "theirs")).QoS);
        Assert.Equal([ReasonCode.NotAuthorized], (await client.UnsubscribeAsync("keep")).Reasons);
        Assert.Equal([ReasonCode.Success], (await client.UnsubscribeAsync("a")).Reasons);
        await other.PublishAsync("tenant/a", "none", QoS.AtLeastOnce);
        await client.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task A_will_is_changed_when_it_is_due_and_then_seen_by_OnPublish(Link link)
    {
        var plugin = new TransformPlugin
        {
            Will = TransformPlugin.Later<WillContext>(static context =>
            {
                if (context.ClientId == "quiet") context.Drop();
                context.Topic = $"wills/{context.ClientId}";
                context.Payload = "changed"u8;
            }),
            Publish = TransformPlugin.Now<PublishContext>(static context =>
            {
                if (context.Origin == MessageOrigin.Will) context.Topic += "/seen";
            }),
        };
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, plugin);
        WireClient watcher = await broker.ConnectAsync("watcher", ProtocolVersion.V5);
        await watcher.SubscribeAsync("#");
        WireClient quiet = await broker.ConnectAsync("quiet", will: new WillMessage { Topic = "will" });
        WireClient client = await broker.ConnectAsync("c", will: new WillMessage { Topic = "will" });
        await quiet.DisposeAsync();
        await client.DisposeAsync();
        await watcher.ExpectPublishAsync("wills/c/seen", "changed");
        await watcher.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task An_acknowledgement_says_more_but_not_the_opposite(Link link)
    {
        var plugin = new TransformPlugin
        {
            Acknowledge = TransformPlugin.Later<AcknowledgeContext>(static context =>
            {
                Assert.Throws<ArgumentException>(() => context.Reason = ReasonCode.QuotaExceeded);
                context.Text = $"{context.Packet} {context.PacketId}";
                context.UserProperties = [new UserProperty("k", "v")];
            }),
        };
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, plugin);
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        await client.SendAsync(new PublishPacket { Topic = "t", QoS = QoS.AtLeastOnce, PacketId = 5 });
        await client.ExpectAsync(new PubAckPacket { PacketId = 5, Reason = ReasonCode.NoMatchingSubscribers, Properties = Said("PubAck 5") });
        await client.SendAsync(new PublishPacket { Topic = "t", QoS = QoS.ExactlyOnce, PacketId = 6 });
        await client.ExpectAsync(new PubRecPacket { PacketId = 6, Reason = ReasonCode.NoMatchingSubscribers, Properties = Said("PubRec 6") });
        await client.SendAsync(new PubRelPacket { PacketId = 6 });
        await client.ExpectAsync(new PubCompPacket { PacketId = 6, Properties = Said("PubComp 6") });
        WireClient old = await broker.ConnectAsync("old");
        Assert.Equal(ReasonCode.Success, await old.PublishAsync("t", "x", QoS.ExactlyOnce));

        static MqttProperties Said(string text) => new() { ReasonString = text, UserProperties = [new("k", "v")] };
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task A_DISCONNECT_may_send_the_will_all_the_same(Link link)
    {
        var plugin = new TransformPlugin
        {
            Disconnect = TransformPlugin.Later<DisconnectContext>(static context =>
            {
                Assert.False(context.SendWill);
                context.SendWill = true;
                context.SessionExpiryInterval = TimeSpan.FromMinutes(1);
            }),
        };
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, plugin);
        WireClient watcher = await broker.ConnectAsync("watcher");
        await watcher.SubscribeAsync("will");
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5, will: new WillMessage { Topic = "will" });
        await client.DisconnectAsync();
        await watcher.ExpectPublishAsync("will", "");
        (_, ConnAckPacket answer) = await broker.ConnectAsync(new ConnectPacket { ClientId = "c" });
        Assert.True(answer.SessionPresent);
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task A_session_that_lives_on_because_a_plugin_says_so_goes_on_without_what_was_not_kept(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, LivesOn());
        WireClient publisher = await broker.ConnectAsync("publisher");
        WireClient client = await broker.ConnectAsync("c");
        await client.SubscribeAsync("a", QoS.ExactlyOnce);
        await publisher.PublishAsync("a", "sent", QoS.AtLeastOnce);
        await publisher.PublishAsync("a", "received", QoS.ExactlyOnce);
        await client.ReceiveAsync<PublishPacket>();
        PublishPacket received = await client.ReceiveAsync<PublishPacket>();
        await client.SendAsync(new PubRecPacket { PacketId = received.PacketId });
        await client.ReceiveAsync<PubRelPacket>();
        await client.DisconnectAsync();
        await client.ExpectClosedAsync();

        await publisher.PublishAsync("a", "later", QoS.AtLeastOnce);
        (WireClient back, ConnAckPacket answer) = await broker.ConnectAsync(new ConnectPacket { Version = ProtocolVersion.V311, ClientId = "c" });
        Assert.True(answer.SessionPresent);
        Assert.Equal(received.PacketId, (await back.ReceiveAsync<PubRelPacket>()).PacketId);
        await back.SendAsync(new PubCompPacket { PacketId = received.PacketId });
        await back.ExpectPublishAsync("a", "later");
        Assert.Equal(1, broker.Dropped("session_ended"));
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task A_session_that_lives_on_because_a_plugin_says_so_takes_a_place_or_does_not(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxSessions = 1, LivesOn());
        foreach (string id in new[] { "first", "second" })
        {
            WireClient client = await broker.ConnectAsync(id);
            await client.DisconnectAsync();
            await client.ExpectClosedAsync();
        }

        Assert.NotNull(broker.Broker.FindSession("first"));
        Assert.Null(broker.Broker.FindSession("second"));
        Assert.Equal(1, broker.Refusals("max_sessions"));
        await broker.Broker.DeleteSessionAsync("first", cancel: TestContext.Current.CancellationToken);
        await broker.ConnectAsync("third", cleanStart: false);
    }

    private static TransformPlugin LivesOn() => new() { Disconnect = TransformPlugin.Now<DisconnectContext>(static context => context.SessionExpiryInterval = TimeSpan.FromMinutes(1)) };

    private sealed class OnlyKnown : BaseAuthPlugin
    {
        public override ValueTask<Decision> AuthenticateAsync(AuthenticateContext context)
        {
            bool isKnown = context.UserName == "known" && context.Password!.Value.Span.SequenceEqual("secret"u8);
            return isKnown && context.ClientId.StartsWith("tenant/", StringComparison.Ordinal) ? Decision.Allow : Decision.Deny();
        }
    }
}
