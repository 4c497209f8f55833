using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Section 3.3.1.3: what is retained, and who gets it with which RETAIN flag.</summary>
public sealed class Section3_3_1_RetainTests
{
    public static TheoryData<Link, ProtocolVersion, QoS> LinksVersionsAndQoS => new MatrixTheoryData<Link, ProtocolVersion, QoS>(
        [Link.Tcp, Link.Memory], [ProtocolVersion.V31, ProtocolVersion.V311, ProtocolVersion.V5], Enum.GetValues<QoS>());

    [Theory, MemberData(nameof(LinksVersionsAndQoS))]
    [Statement("MQTT-3.3.1-5", "MQTT-3.3.1-6", "MQTT-3.3.1-7", "MQTT-3.3.1-8", "MQTT-3.3.1-12", "v4:3.3.1-5", "v4:3.3.1-6", "v4:3.3.1-7", "v4:3.3.1-8", "v4:3.3.1-9", "v4:3.3.1-10", "v4:3.3.1-11", "v4:3.3.1-12")]
    public async Task P_C12_a_topic_keeps_its_last_retained_message(Link link, ProtocolVersion version, QoS qos)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", version);
        WireClient live = await broker.ConnectAsync("live", version);
        await live.SubscribeAsync("a/b", QoS.ExactlyOnce);

        await publisher.PublishAsync("a/b", "first", qos, retain: true);
        await publisher.PublishAsync("a/b", "second", qos, retain: true);
        await publisher.PublishAsync("a/b", "passing", qos);
        foreach (string payload in new[] { "first", "second", "passing" }) Assert.False((await live.ExpectPublishAsync("a/b", payload)).Retain);

        WireClient late = await broker.ConnectAsync("late", version);
        await late.SubscribeAsync("a/+", QoS.ExactlyOnce);
        PublishPacket kept = await late.ExpectPublishAsync("a/b", "second");
        Assert.Equal((true, qos, false), (kept.Retain, kept.QoS, kept.Dup));
        await late.ExpectNothingMoreAsync();

        await publisher.PublishAsync("a/b", "", qos, retain: true);
        Assert.False((await live.ExpectPublishAsync("a/b", "")).Retain); // delivered like any other
        Assert.False((await late.ExpectPublishAsync("a/b", "")).Retain);
        await publisher.PublishAsync("never/set", "", qos, retain: true);
        await publisher.PingAsync(); // it has no answer with QoS 0, and is not to meet the one who comes now
        WireClient tooLate = await broker.ConnectAsync("too late", version);
        await tooLate.SubscribeAsync("#", QoS.ExactlyOnce);
        await tooLate.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task P_C12_retained_messages_answer_a_subscribe_and_nothing_else(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", version);
        await publisher.PublishAsync("a", "A", QoS.AtLeastOnce, retain: true);
        await publisher.PublishAsync("b", "B", QoS.AtLeastOnce, retain: true);
        WireClient subscriber = await broker.ConnectPersistentAsync("subscriber", version);
        await subscriber.SubscribeAsync("a", QoS.AtLeastOnce);
        await subscriber.ExpectPublishAsync("a", "A");
        await subscriber.SubscribeAsync("b", QoS.AtLeastOnce);
        await subscriber.ExpectPublishAsync("b", "B"); // not A again
        await subscriber.ExpectNothingMoreAsync();
        await subscriber.DisconnectAsync();
        subscriber = await broker.ConnectPersistentAsync("subscriber", version);
        await subscriber.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.3.1-9", "MQTT-3.3.1-10", "MQTT-3.3.1-11")]
    public async Task Retain_handling_says_when_a_subscribe_brings_them(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        await publisher.PublishAsync("t", "kept", QoS.AtLeastOnce, retain: true);
        WireClient subscriber = await broker.ConnectPersistentAsync("subscriber");

        async Task SubscribeAsync(RetainHandling handling, bool brings)
        {
            await subscriber.SubscribeAsync(Script.Filter("t", QoS.AtLeastOnce, handling: handling));
            if (brings) Assert.True((await subscriber.ExpectPublishAsync("t", "kept")).Retain);
            await subscriber.ExpectNothingMoreAsync();
        }

        await SubscribeAsync(RetainHandling.DoNotSend, brings: false);
        await SubscribeAsync(RetainHandling.SendIfNew, brings: false); // it existed, although nothing came of it
        await SubscribeAsync(RetainHandling.SendAtSubscribe, brings: true);
        await SubscribeAsync(RetainHandling.SendAtSubscribe, brings: true);
        await subscriber.DisconnectAsync();
        subscriber = await broker.ConnectPersistentAsync("subscriber");
        await SubscribeAsync(RetainHandling.SendIfNew, brings: false); // it existed before the reconnect
        await subscriber.UnsubscribeAsync("t");
        await SubscribeAsync(RetainHandling.SendIfNew, brings: true);
        await SubscribeAsync(RetainHandling.SendIfNew, brings: false);
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.3.1-12", "MQTT-3.3.1-13", "prose:3.3.1.3a")]
    public async Task Retain_as_published_is_for_live_messages(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        WireClient plain = await broker.ConnectPersistentAsync("plain");
        WireClient asPublished = await broker.ConnectPersistentAsync("as published");
        await publisher.PublishAsync("t", "kept", QoS.AtLeastOnce, retain: true);
        await plain.SubscribeAsync(Script.Filter("t", QoS.AtLeastOnce));
        await asPublished.SubscribeAsync(Script.Filter("t", QoS.AtLeastOnce, retainAsPublished: true));
        Assert.True((await plain.ExpectPublishAsync("t", "kept")).Retain);
        Assert.True((await asPublished.ExpectPublishAsync("t", "kept")).Retain);

        foreach (bool retain in new[] { true, false })
        {
            await publisher.PublishAsync("t", "live", QoS.AtLeastOnce, retain);
            Assert.False((await plain.ExpectPublishAsync("t", "live")).Retain);
            Assert.Equal(retain, (await asPublished.ExpectPublishAsync("t", "live")).Retain);
        }

        // What waited for its receiver is no different.
        await plain.DisconnectAsync();
        await asPublished.DisconnectAsync();
        await publisher.PublishAsync("t", "queued", QoS.AtLeastOnce, retain: true);
        plain = await broker.ConnectPersistentAsync("plain");
        asPublished = await broker.ConnectPersistentAsync("as published");
        Assert.False((await plain.ExpectPublishAsync("t", "queued")).Retain);
        Assert.True((await asPublished.ExpectPublishAsync("t", "queued")).Retain);
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("prose:3.3.1.3b", "MQTT-3.3.2-6")]
    public async Task A_retained_message_counts_down_and_is_removed_when_it_has_expired(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxRetainedMessages = 1);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        await publisher.PublishAsync("t", "mortal", QoS.AtLeastOnce, retain: true, new MqttProperties { MessageExpiryInterval = 10 });
        broker.Time.Advance(TimeSpan.FromSeconds(4));
        WireClient subscriber = await broker.ConnectAsync("subscriber", ProtocolVersion.V5);
        await subscriber.SubscribeAsync("t");
        Assert.Equal(6u, (await subscriber.ExpectPublishAsync("t", "mortal")).Properties.MessageExpiryInterval);
        Assert.Equal(ReasonCode.QuotaExceeded, await publisher.PublishAsync("other", "no room", QoS.AtLeastOnce, retain: true));

        broker.Time.Advance(TimeSpan.FromSeconds(6));
        await subscriber.SubscribeAsync("t");
        await subscriber.ExpectNothingMoreAsync();
        Assert.NotEqual(ReasonCode.QuotaExceeded, await publisher.PublishAsync("other", "its room", QoS.AtLeastOnce, retain: true));
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("prose:3.3.1.3a", "prose:4.8.2b")]
    public async Task A_shared_subscription_gets_no_retained_messages(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        await client.PublishAsync("t", "kept", QoS.AtLeastOnce, retain: true);
        foreach (RetainHandling handling in new[] { RetainHandling.SendAtSubscribe, RetainHandling.SendIfNew })
            await client.SubscribeAsync(Script.Filter("$share/g/t", QoS.AtLeastOnce, handling: handling));
        await client.ExpectNothingMoreAsync();
        await client.SubscribeAsync("t");
        await client.ExpectPublishAsync("t", "kept");
        await client.ExpectNothingMoreAsync();
    }
}
