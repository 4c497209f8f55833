using Amqtt.Broker.Configuration;
using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Section 3.3.4: answers, overlapping subscriptions and their identifiers, and who may not publish.</summary>
public sealed class Section3_3_4_ActionsTests
{
    public static TheoryData<Link, OverlappingSubscriptions> LinksAndOverlap => new MatrixTheoryData<Link, OverlappingSubscriptions>(
        [Link.Tcp, Link.Memory], [OverlappingSubscriptions.Once, OverlappingSubscriptions.All]);

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.3.4-1", "MQTT-4.3.2-4", "MQTT-4.3.3-8", "MQTT-4.3.3-11", "MQTT-2.2.1-5", "v4:3.3.4-1", "v4:4.3.2-2", "v4:4.3.3-2")]
    public async Task Each_qos_has_its_answer_with_the_identifier_of_the_message(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient client = await broker.ConnectAsync("c", version);
        WireClient receiver = await broker.ConnectAsync("receiver", version);
        await receiver.SubscribeAsync("t");
        await client.SendPublishAsync("t", "0");
        await client.ExpectNothingMoreAsync();
        await client.SendPublishAsync("t", "1", QoS.AtLeastOnce, id: 0x1234);
        await client.ExpectHexAsync("40 02 12 34");
        await client.SendPublishAsync("t", "2", QoS.ExactlyOnce, id: 0xFFFF);
        await client.ExpectHexAsync("50 02 FF FF");
        await client.SendAsync(new PubRelPacket { PacketId = 0xFFFF });
        await client.ExpectHexAsync("70 02 FF FF");
        foreach (string payload in new[] { "0", "1", "2" }) await receiver.TakeAsync(payload);
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task The_answer_comes_before_the_clients_own_message(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient client = await broker.ConnectAsync("c", version);
        await client.SubscribeAsync("t", QoS.ExactlyOnce);
        foreach (bool retain in new[] { false, true })
        {
            await client.SendPublishAsync("t", "x", QoS.AtLeastOnce, id: 7, retain: retain);
            await client.ExpectHexAsync("40 02 00 07");
            ushort id = (await client.ReceiveAsync<PublishPacket>()).PacketId;
            await client.SendAsync(new PubAckPacket { PacketId = id });
            await client.SendPublishAsync("t", "x", QoS.ExactlyOnce, id: 8, retain: retain);
            await client.ExpectHexAsync("50 02 00 08");
            id = (await client.ReceiveAsync<PublishPacket>()).PacketId;
            await client.SendAsync(new PubRecPacket { PacketId = id });
            await client.ExpectAsync(new PubRelPacket { PacketId = id });
            await client.SendAsync(new PubRelPacket { PacketId = 8 });
            await client.ExpectHexAsync("70 02 00 08");
            await client.SendAsync(new PubCompPacket { PacketId = id });
        }
    }

    [Theory, MemberData(nameof(LinksAndOverlap))]
    [Statement("MQTT-3.3.4-2", "MQTT-3.3.4-3", "MQTT-3.3.4-4", "MQTT-3.3.4-5", "v4:3.3.5-1")]
    public async Task P_C18_overlapping_subscriptions(Link link, OverlappingSubscriptions overlap)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, options => options.OverlappingSubscriptions = overlap);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        WireClient subscriber = await broker.ConnectPersistentAsync("subscriber");
        await subscriber.SubscribeAsync(10, Script.Filter("a/#", QoS.AtMostOnce));
        await subscriber.SubscribeAsync(268_435_455, Script.Filter("a/+", QoS.ExactlyOnce, retainAsPublished: true));
        await subscriber.SubscribeAsync(Script.Filter("a/b", QoS.AtLeastOnce)); // has no identifier
        await subscriber.SubscribeAsync(10, Script.Filter("+/b", QoS.AtLeastOnce)); // the same as the first

        await publisher.PublishAsync("a/b", "live", QoS.ExactlyOnce, retain: true);
        await ExpectAsync("live");

        // The same where it waits first; QoS 0 does not wait.
        await subscriber.DisconnectAsync();
        await publisher.PublishAsync("a/b", "queued", QoS.ExactlyOnce, retain: true);
        subscriber = await broker.ConnectPersistentAsync("subscriber");
        await ExpectAsync("queued", isQueued: true);
        await subscriber.ExpectNothingMoreAsync();

        async Task ExpectAsync(string payload, bool isQueued = false)
        {
            if (overlap == OverlappingSubscriptions.Once)
            {
                PublishPacket message = await subscriber.ExpectPublishAsync("a/b", payload);
                Assert.Equal((QoS.ExactlyOnce, true), (message.QoS, message.Retain));
                Assert.Equal([10u, 10u, 268_435_455u], message.Properties.SubscriptionIdentifiers.Order());
                return;
            }

            var copies = new List<PublishPacket>();
            int expected = isQueued ? 3 : 4;
            while (copies.Count < expected) copies.Add(await subscriber.TakeAsync(payload));
            foreach (PublishPacket copy in copies) await FinishAsync(subscriber, copy);
            (QoS, bool, uint)[] each = [(QoS.AtMostOnce, false, 10u), (QoS.AtLeastOnce, false, 0u), (QoS.AtLeastOnce, false, 10u), (QoS.ExactlyOnce, true, 268_435_455u)];
            Assert.Equal(each[^expected..], copies.Select(copy => (copy.QoS, copy.Retain, copy.Properties.SubscriptionIdentifiers.SingleOrDefault())).Order());
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.3.4-2", "MQTT-3.3.4-3", "MQTT-3.8.3-3")]
    public async Task A_match_with_no_local_adds_nothing_to_the_others(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        await client.SubscribeAsync(1, Script.Filter("a/#", QoS.ExactlyOnce, noLocal: true));
        await client.SubscribeAsync(2, Script.Filter("a/b", QoS.AtLeastOnce));
        await client.PublishAsync("a/b", "own", QoS.ExactlyOnce);
        PublishPacket message = await client.ExpectPublishAsync("a/b", "own");
        Assert.Equal(QoS.AtLeastOnce, message.QoS);
        Assert.Equal([2u], message.Properties.SubscriptionIdentifiers);
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("prose:3.3.4b", "prose:4.8.2c", "MQTT-3.3.4-3")]
    public async Task A_shared_subscription_adds_the_identifier_of_its_receiver(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        WireClient one = await broker.ConnectAsync("one", ProtocolVersion.V5);
        WireClient two = await broker.ConnectAsync("two", ProtocolVersion.V5);
        await one.SubscribeAsync(1, Script.Filter("$share/g/t"));
        await two.SubscribeAsync(2, Script.Filter("$share/g/t"));
        await one.SubscribeAsync(3, Script.Filter("t", QoS.AtLeastOnce));
        for (int i = 0; i < 2; i++) await publisher.PublishAsync("t", "x", QoS.AtLeastOnce);
        Assert.Equal([2u], (await two.ExpectPublishAsync("t", "x")).Properties.SubscriptionIdentifiers);
        var identifiers = new List<uint>();
        for (int i = 0; i < 3; i++) identifiers.Add(Assert.Single((await one.ExpectPublishAsync("t", "x")).Properties.SubscriptionIdentifiers));
        Assert.Equal([1u, 3u, 3u], identifiers.Order());
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("prose:3.4a", "prose:4.3.3a", "v4:3.3.5-2", "MQTT-4.3.3-9")]
    public async Task P_C27_what_may_not_be_published_is_answered_and_goes_nowhere(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, new NoSecrets());
        WireClient client = await broker.ConnectAsync("c", version);
        await client.SubscribeAsync("#", QoS.AtLeastOnce);
        ReasonCode expected = version == ProtocolVersion.V5 ? ReasonCode.NotAuthorized : ReasonCode.Success;
        foreach (QoS qos in Enum.GetValues<QoS>())
            Assert.Equal(qos == QoS.AtMostOnce ? ReasonCode.Success : expected, await client.PublishAsync("secret", "x", qos, retain: true));
        if (version == ProtocolVersion.V5)
        {
            // After the refusal the identifier is free for another message.
            await client.SendPublishAsync("secret", "x", QoS.ExactlyOnce, id: 77);
            Assert.Equal(ReasonCode.NotAuthorized, (await client.ReceiveAsync<PubRecPacket>()).Reason);
            await client.SendPublishAsync("open", "y", QoS.ExactlyOnce, id: 77);
            await client.SendAsync(new PubRelPacket { PacketId = 77 });
            Assert.Equal("y", (await TakeOfAsync<PublishPacket>(client, 3)).Text());
        }

        await client.PublishAsync("open", "z");
        await client.ExpectPublishAsync("open", "z");
        await client.SubscribeAsync("secret");
        await client.ExpectNothingMoreAsync();
    }

    private static async Task<T> TakeOfAsync<T>(WireClient client, int packets) where T : MqttPacket
    {
        T? wanted = null;
        for (int i = 0; i < packets; i++) wanted = await client.ReceiveAsync() as T ?? wanted;
        Assert.NotNull(wanted);
        return wanted;
    }

    private static async Task FinishAsync(WireClient subscriber, PublishPacket message)
    {
        if (message.QoS == QoS.AtLeastOnce) await subscriber.SendAsync(new PubAckPacket { PacketId = message.PacketId });
        if (message.QoS != QoS.ExactlyOnce) return;
        await subscriber.SendAsync(new PubRecPacket { PacketId = message.PacketId });
        await subscriber.ExpectAsync(new PubRelPacket { PacketId = message.PacketId });
        await subscriber.SendAsync(new PubCompPacket { PacketId = message.PacketId });
    }

    private sealed class NoSecrets : BaseTopicPlugin
    {
        public override ValueTask<Decision> FilterTopicAsync(TopicContext context) =>
            context.Action == TopicAction.Publish && context.Topic == "secret" ? Decision.Deny() : Decision.Allow;
    }
}
