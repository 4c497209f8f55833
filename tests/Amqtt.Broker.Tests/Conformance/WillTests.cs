using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;
using static Amqtt.Protocol.ProtocolVersion;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Sections 3.1.2.5, 3.1.3.2 and 3.1.3.3: the will, when it is sent, when it is not, and as what.</summary>
public sealed class WillTests
{
    /// <summary>How a connection can end, by whose doing.</summary>
    public enum Ending
    {
        NetworkError,
        KeepAlive,
        ProtocolError,
        TakenOver,
        NormalDisconnect,
        DisconnectWithWill,
        DisconnectWithError,
    }

    public static TheoryData<Link, ProtocolVersion, Ending> Endings => new MatrixTheoryData<Link, ProtocolVersion, Ending>(
        [Link.Tcp, Link.Memory], [V31, V311, V5], Enum.GetValues<Ending>());

    [Theory, MemberData(nameof(Endings))]
    [Statement("MQTT-3.1.2-7", "MQTT-3.1.2-8", "MQTT-3.1.2-10", "v4:3.1.2-8", "v4:3.1.2-10", "prose:3.1.2.5a", "MQTT-3.14.4-3", "v4:3.14.4-3")]
    public async Task P_C17_it_is_sent_after_every_end_but_a_normal_disconnection_and_once(Link link, ProtocolVersion version, Ending ending)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link);
        WireClient watcher = await WatchAsync(broker);
        WireClient client = await broker.ConnectAsync("c", version, will: Will(), keepAlive: 10);
        switch (ending)
        {
            case Ending.NetworkError:
                await client.DisposeAsync();
                break;
            case Ending.KeepAlive:
                await client.ExpectNothingMoreAsync(); // the silence begins here
                broker.Time.Advance(TimeSpan.FromSeconds(16));
                await client.ExpectCutAsync(ReasonCode.KeepAliveTimeout);
                break;
            case Ending.ProtocolError:
                await client.SendHexAsync("D0 00");
                await client.ExpectCutAsync(ReasonCode.ProtocolError);
                break;
            case Ending.TakenOver:
                await broker.ConnectAsync("c", version);
                await client.ExpectCutAsync(ReasonCode.SessionTakenOver);
                break;
            case Ending.NormalDisconnect:
                await client.DisconnectAsync();
                break;
            case Ending.DisconnectWithWill or Ending.DisconnectWithError when version == V5:
                await client.DisconnectAsync(ending == Ending.DisconnectWithWill ? ReasonCode.DisconnectWithWillMessage : ReasonCode.ImplementationSpecificError);
                break;
            default:
                return; // there is one DISCONNECT before 5.0
        }

        if (ending != Ending.NormalDisconnect) await watcher.ExpectPublishAsync("w", "gone");
        await watcher.ExpectNothingMoreAsync();
        // It is gone with that connection: another one without a will has none.
        WireClient again = await broker.ConnectAsync("c", version, cleanStart: false);
        await again.SendHexAsync("D0 00");
        await again.ExpectCutAsync(ReasonCode.ProtocolError);
        await watcher.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("v4:3.1.2-12")]
    public async Task Without_the_flag_there_is_none(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link);
        WireClient watcher = await WatchAsync(broker, "#");
        WireClient client = await broker.ConnectAsync("c", version);
        await client.SendHexAsync("D0 00");
        await client.ExpectCutAsync(ReasonCode.ProtocolError);
        await watcher.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.2-14", "MQTT-3.1.2-15", "v4:3.1.2-16", "v4:3.1.2-17")]
    public async Task P_C17_it_is_retained_if_it_says_so_and_an_empty_one_clears(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link);
        WireClient watcher = await WatchAsync(broker);
        foreach ((bool retain, string payload, string? kept) in new[] { (false, "one", null), (true, "two", "two"), (false, "three", "two"), (true, "", (string?)null) })
        {
            WireClient client = await broker.ConnectAsync("c", version, will: Will(payload, retain: retain));
            await BreakAsync(client);
            PublishPacket live = await watcher.ExpectPublishAsync("w", payload);
            Assert.False(live.Retain);
            WireClient late = await WatchAsync(broker, clientId: $"late-{payload}");
            if (kept is not null) Assert.True((await late.ExpectPublishAsync("w", kept)).Retain);
            await late.ExpectNothingMoreAsync();
            await late.DisconnectAsync();
        }
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task P_C8_it_is_sent_at_its_own_QoS_and_that_of_the_subscription_whichever_is_lower(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link);
        var watchers = new List<WireClient>();
        for (int granted = 0; granted < 3; granted++) watchers.Add(await WatchAsync(broker, clientId: $"w{granted}", qos: (QoS)granted));
        for (int qos = 0; qos < 3; qos++)
        {
            WireClient client = await broker.ConnectAsync("c", version, will: Will(qos: (QoS)qos));
            await BreakAsync(client);
            for (int granted = 0; granted < 3; granted++)
                Assert.Equal((QoS)Math.Min(qos, granted), (await watchers[granted].ExpectPublishAsync("w", "gone")).QoS);
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.3-10", "prose:3.1.3.2b")]
    public async Task V5_its_properties_are_those_of_the_message_and_its_life_begins_when_it_is_sent(Link link)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link);
        WireClient watcher = await WatchAsync(broker, version: V5);
        UserProperty[] pairs = [new("b", "2"), new("a", "1"), new("b", "1"), new("", "")];
        var properties = new MqttProperties
        {
            WillDelayInterval = 30,
            MessageExpiryInterval = 60,
            PayloadFormatIndicator = 1,
            ContentType = "text/plain",
            ResponseTopic = "r",
            CorrelationData = new byte[] { 0, 255 },
            UserProperties = pairs,
        };
        WireClient client = await broker.ConnectAsync(
            "c", V5, properties: new MqttProperties { SessionExpiryInterval = 100 }, will: new WillMessage { Topic = "w", Payload = "gone"u8.ToArray(), Retain = true, Properties = properties });
        await BreakAsync(client);
        await watcher.ExpectNothingMoreAsync();
        broker.Time.Advance(TimeSpan.FromSeconds(30));
        MqttProperties sent = (await watcher.ExpectPublishAsync("w", "gone")).Properties;
        Assert.Equal(60u, sent.MessageExpiryInterval);
        Assert.Null(sent.WillDelayInterval);
        Assert.Equal((1, "text/plain", "r"), ((int)sent.PayloadFormatIndicator!.Value, sent.ContentType, sent.ResponseTopic));
        Assert.Equal(new byte[] { 0, 255 }, sent.CorrelationData!.Value.ToArray());
        Assert.Equal(pairs, sent.UserProperties);
        broker.Time.Advance(TimeSpan.FromSeconds(59));
        WireClient late = await WatchAsync(broker, clientId: "late", version: V5);
        Assert.Equal(1u, (await late.ExpectPublishAsync("w", "gone")).Properties.MessageExpiryInterval);
        broker.Time.Advance(TimeSpan.FromSeconds(2));
        WireClient later = await WatchAsync(broker, clientId: "later", version: V5);
        await later.ExpectNothingMoreAsync();

        WireClient plain = await broker.ConnectAsync("plain", V5, will: Will());
        await BreakAsync(plain);
        Assert.Null((await watcher.ExpectPublishAsync("w", "gone")).Properties.MessageExpiryInterval);
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("prose:3.1.3.2a")]
    public async Task V5_a_will_that_is_said_to_be_text_and_is_not_is_refused_where_that_is_validated(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.ValidatePayloadFormat = true);
        await using TestBroker trusting = await TestBroker.StartAsync(link);
        foreach ((byte indicator, byte[] payload, bool isFine) in new[]
        {
            ((byte)1, "\u00E4"u8.ToArray(), true), ((byte)1, [], true), ((byte)1, new byte[] { 0 }, true), ((byte)0, new byte[] { 0xFF }, true),
            ((byte)1, new byte[] { 0xFF }, false), ((byte)1, new byte[] { 0xED, 0xA0, 0x80 }, false),
        })
        {
            WireClient client = await broker.OpenAsync(V5);
            var will = new WillMessage { Topic = "w", Payload = payload, Properties = new MqttProperties { PayloadFormatIndicator = indicator } };
            await client.SendAsync(new ConnectPacket { Version = V5, ClientId = "c", CleanStart = true, Will = will });
            if (isFine) Assert.Equal(ReasonCode.Success, (await client.ReceiveAsync<ConnAckPacket>()).Reason);
            else await client.ExpectRefusalAsync(ReasonCode.PayloadFormatInvalid);
            await trusting.ConnectAsync("c", V5, will: will);
        }
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task P_C17_one_to_a_topic_of_the_brokers_own_is_not_sent(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link);
        WireClient watcher = await WatchAsync(broker, "$SYS/#");
        WireClient client = await broker.ConnectAsync("c", version, will: new WillMessage { Topic = "$SYS/x", Payload = "x"u8.ToArray(), Retain = true });
        await BreakAsync(client);
        await watcher.ExpectNothingMoreAsync();
        await watcher.SubscribeAsync("$SYS/x");
        await watcher.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task P_C17_one_that_may_not_be_published_is_refused_with_its_CONNECT_or_not_sent_when_it_is_due(Link link, ProtocolVersion version)
    {
        var topics = new MayPublish();
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link, configure: null, topics);
        WireClient watcher = await WatchAsync(broker);
        topics.Allowed = false;
        WireClient client = await broker.OpenAsync(version);
        await client.SendAsync(new ConnectPacket { Version = version, ClientId = "c", CleanStart = true, Will = Will() });
        await client.ExpectRefusalAsync(ReasonCode.NotAuthorized);
        topics.Allowed = true;
        client = await broker.ConnectAsync("c", version, will: Will());
        topics.Allowed = false;
        await BreakAsync(client);
        await topics.Denied.WaitAsync(TestContext.Current.CancellationToken);
        await topics.Denied.WaitAsync(TestContext.Current.CancellationToken);
        await watcher.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task P_C17_after_a_resume_only_the_newest_CONNECTs_will_counts(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link);
        WireClient watcher = await WatchAsync(broker);
        MqttProperties? keep = version == V5 ? new MqttProperties { SessionExpiryInterval = 100 } : null;
        WireClient client = await broker.ConnectAsync("c", version, cleanStart: false, keep, Will("old"));
        await client.DisconnectAsync();
        client = await broker.ConnectAsync("c", version, cleanStart: false, keep, Will("new"));
        WireClient successor = await broker.ConnectAsync("c", version, cleanStart: false, keep, Will("newest"));
        await client.ExpectCutAsync(ReasonCode.SessionTakenOver);
        await watcher.ExpectPublishAsync("w", "new"); // P-C4: its own, not that of its successor
        await watcher.ExpectNothingMoreAsync();
        await BreakAsync(successor);
        await watcher.ExpectPublishAsync("w", "newest");
        await watcher.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.2-8")]
    public async Task V5_it_waits_for_its_delay_or_the_end_of_the_session_whichever_comes_first(Link link)
    {
        foreach ((uint? expiry, uint delay, int due) in new[] { (100u, 10u, 10), (10u, 100u, 10), (10u, 10u, 10), (uint.MaxValue, 5u, 5), (null, 10u, 0), ((uint?)0u, 10u, 0), (100u, 0u, 0) })
        {
            await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link);
            WireClient watcher = await WatchAsync(broker);
            WireClient client = await broker.ConnectAsync("c", V5, properties: new MqttProperties { SessionExpiryInterval = expiry }, will: Will(delay: delay));
            await BreakAsync(client);
            if (due > 0)
            {
                await watcher.ExpectNothingMoreAsync();
                broker.Time.Advance(TimeSpan.FromSeconds(due - 0.5));
                await watcher.ExpectNothingMoreAsync();
                broker.Time.Advance(TimeSpan.FromSeconds(0.75));
            }

            await watcher.ExpectPublishAsync("w", "gone");
            broker.Time.Advance(TimeSpan.FromMinutes(5));
            await watcher.ExpectNothingMoreAsync();
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.3-9", "MQTT-3.1.2-8")]
    public async Task V5_a_timely_return_to_the_session_takes_it_back(Link link)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link);
        WireClient watcher = await WatchAsync(broker);
        var keep = new MqttProperties { SessionExpiryInterval = 100 };
        WireClient client = await broker.ConnectAsync("c", V5, properties: keep, will: Will(delay: 10));
        await BreakAsync(client);
        await watcher.ExpectNothingMoreAsync();
        broker.Time.Advance(TimeSpan.FromSeconds(9));
        client = await broker.ConnectAsync("c", V5, cleanStart: false, keep);
        broker.Time.Advance(TimeSpan.FromSeconds(50));
        await watcher.ExpectNothingMoreAsync();

        // Taking over a living connection is a return as well.
        client = await broker.ConnectAsync("c", V5, cleanStart: false, keep, Will(delay: 10));
        WireClient successor = await broker.ConnectAsync("c", V5, cleanStart: false, keep);
        await client.ExpectCutAsync(ReasonCode.SessionTakenOver);
        broker.Time.Advance(TimeSpan.FromSeconds(50));
        await successor.ExpectNothingMoreAsync();
        await watcher.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.2-8")]
    public async Task V5_a_clean_start_ends_the_session_and_with_it_the_delay(Link link)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link);
        WireClient watcher = await WatchAsync(broker);
        var keep = new MqttProperties { SessionExpiryInterval = 100 };
        WireClient client = await broker.ConnectAsync("c", V5, properties: keep, will: Will("away", delay: 50));
        await BreakAsync(client);
        await watcher.ExpectNothingMoreAsync();
        client = await broker.ConnectAsync("c", V5, properties: keep, will: Will("taken over", delay: 50));
        await watcher.ExpectPublishAsync("w", "away");
        await broker.ConnectAsync("c", V5, properties: keep, will: Will("newest", delay: 50));
        await watcher.ExpectPublishAsync("w", "taken over");
        await watcher.ExpectNothingMoreAsync();
    }

    /// <summary>Ends a connection abnormally, and returns when the broker has seen it.</summary>
    private static async Task BreakAsync(WireClient client)
    {
        await client.SendHexAsync("D0 00"); // not for a client to send
        await client.ExpectCutAsync(ReasonCode.ProtocolError);
    }

    private static async Task<WireClient> WatchAsync(TestBroker broker, string filter = "w", string clientId = "watcher", QoS qos = QoS.AtMostOnce, ProtocolVersion version = V311)
    {
        WireClient watcher = await broker.ConnectAsync(clientId, version);
        await watcher.SubscribeAsync(filter, qos);
        return watcher;
    }

    private static WillMessage Will(string payload = "gone", QoS qos = QoS.AtMostOnce, bool retain = false, uint? delay = null) => new()
    {
        Topic = "w",
        Payload = System.Text.Encoding.UTF8.GetBytes(payload),
        QoS = qos,
        Retain = retain,
        Properties = delay is null ? MqttProperties.Empty : new MqttProperties { WillDelayInterval = delay },
    };

    /// <summary>Allows everything, or everything but publishing.</summary>
    private sealed class MayPublish : BaseTopicPlugin
    {
        private volatile bool _allowed = true;

        public bool Allowed
        {
            get => _allowed;
            set => _allowed = value;
        }

        public SemaphoreSlim Denied { get; } = new(0);

        public override ValueTask<Decision> FilterTopicAsync(TopicContext context)
        {
            bool allowed = Allowed || context.Action != TopicAction.Publish;
            if (!allowed) Denied.Release();
            return allowed ? Decision.Allow : Decision.Deny();
        }
    }
}
