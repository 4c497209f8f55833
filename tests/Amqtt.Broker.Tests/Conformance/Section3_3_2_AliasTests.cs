using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Section 3.3.2.3.4: topic aliases in both directions.</summary>
public sealed class Section3_3_2_AliasTests
{
    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.3.2-12", "prose:3.3.4a")]
    public async Task Every_alias_up_to_the_announced_maximum_is_taken(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        (WireClient publisher, ConnAckPacket connAck) = await broker.ConnectAsync(new ConnectPacket { Version = ProtocolVersion.V5, ClientId = "publisher", CleanStart = true });
        ushort maximum = connAck.Properties.TopicAliasMaximum!.Value;
        Assert.Equal(16, maximum);
        WireClient subscriber = await broker.ConnectAsync("subscriber", ProtocolVersion.V5);
        await subscriber.SubscribeAsync("#");
        for (ushort alias = 1; alias <= maximum; alias++) await publisher.SendPublishAsync($"topic/{alias}", "set", properties: new MqttProperties { TopicAlias = alias });
        for (ushort alias = 1; alias <= maximum; alias++) await publisher.SendPublishAsync("", "used", properties: new MqttProperties { TopicAlias = alias });
        await publisher.SendPublishAsync("another", "replaced", properties: new MqttProperties { TopicAlias = 1 });
        await publisher.SendPublishAsync("", "used", properties: new MqttProperties { TopicAlias = 1 });
        await publisher.SendPublishAsync("", "used", properties: new MqttProperties { TopicAlias = 2 });
        foreach (string payload in new[] { "set", "used" })
        {
            for (ushort alias = 1; alias <= maximum; alias++) Assert.Null((await subscriber.ExpectPublishAsync($"topic/{alias}", payload)).Properties.TopicAlias);
        }

        await subscriber.ExpectPublishAsync("another", "replaced");
        await subscriber.ExpectPublishAsync("another", "used");
        await subscriber.ExpectPublishAsync("topic/2", "used");
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("prose:3.3.4a")]
    public async Task A_qos_2_message_that_comes_again_may_set_and_use_one(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        WireClient subscriber = await broker.ConnectAsync("subscriber", ProtocolVersion.V5);
        await subscriber.SubscribeAsync("t", QoS.AtLeastOnce);
        for (int i = 0; i < 2; i++)
        {
            await publisher.SendPublishAsync("t", "once", QoS.ExactlyOnce, id: 1, dup: i > 0, properties: new MqttProperties { TopicAlias = 7 });
            await publisher.ExpectAsync(new PubRecPacket { PacketId = 1 });
        }

        await publisher.SendPublishAsync("", "twice", QoS.AtLeastOnce, id: 2, properties: new MqttProperties { TopicAlias = 7 });
        await publisher.ExpectAsync(new PubAckPacket { PacketId = 2 });
        await subscriber.ExpectPublishAsync("t", "once");
        await subscriber.ExpectPublishAsync("t", "twice");
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.3.2-7", "prose:3.3.4a")]
    public async Task They_end_with_the_connection(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectPersistentAsync("publisher");
        await publisher.SendPublishAsync("t", "x", properties: new MqttProperties { TopicAlias = 1 });
        await publisher.ExpectNothingMoreAsync();
        await publisher.DisconnectAsync();
        publisher = await broker.ConnectPersistentAsync("publisher");
        await publisher.SendPublishAsync("", "x", properties: new MqttProperties { TopicAlias = 1 });
        Assert.Equal(ReasonCode.ProtocolError, (await publisher.ReceiveAsync<DisconnectPacket>()).Reason);
        await publisher.ExpectClosedAsync();
    }

    [Theory]
    [InlineData("00", 16)]
    [InlineData("11", 16)]
    [InlineData("01", 0)]
    [Statement("MQTT-3.3.2-8", "MQTT-3.3.2-9")]
    public async Task Aliases_that_are_none_end_the_connection(string alias, int maximum)
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, options => options.Limits.TopicAliasMaximum = maximum);
        (WireClient publisher, ConnAckPacket connAck) = await broker.ConnectAsync(new ConnectPacket { Version = ProtocolVersion.V5, ClientId = "publisher", CleanStart = true });
        Assert.Equal(maximum, connAck.Properties.TopicAliasMaximum ?? 0);
        await publisher.SendHexAsync($"30 08 00 01 74 03 23 00 {alias} 78");
        Assert.Equal(ReasonCode.TopicAliasInvalid, (await publisher.ReceiveAsync<DisconnectPacket>()).Reason);
        await publisher.ExpectClosedAsync();
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.3.2-7", "MQTT-3.3.2-8", "MQTT-3.3.2-11", "MQTT-3.1.2-26", "prose:3.3.2.3.4a")]
    public async Task The_broker_uses_those_that_the_client_takes(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        for (int connection = 0; connection < 2; connection++)
        {
            WireClient subscriber = await broker.ConnectAsync("subscriber", ProtocolVersion.V5, properties: new MqttProperties { TopicAliasMaximum = 2 });
            await subscriber.SubscribeAsync("long/#", QoS.AtLeastOnce);
            // The publisher's own alias 1 means another topic.
            foreach (string topic in new[] { "long/topic/one", "long/topic/two" })
            {
                await publisher.SendPublishAsync(topic, "set", properties: new MqttProperties { TopicAlias = 1 });
                PublishPacket set = await subscriber.TakeAsync("set");
                Assert.Equal(topic, set.Topic);
                await publisher.SendPublishAsync("", "used", QoS.AtLeastOnce, id: 3, properties: new MqttProperties { TopicAlias = 1 });
                await publisher.ReceiveAsync<PubAckPacket>();
                PublishPacket used = await subscriber.TakeAsync("used");
                Assert.Equal("", used.Topic);
                Assert.InRange(used.Properties.TopicAlias!.Value, 1, 2);
                Assert.Equal(set.Properties.TopicAlias, used.Properties.TopicAlias);
                await subscriber.SendAsync(new PubAckPacket { PacketId = used.PacketId });
            }

            await subscriber.DisconnectAsync();
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.3.2-11", "MQTT-3.1.2-26", "MQTT-3.1.2-27")]
    public async Task A_topic_reaches_the_client_whatever_aliases_are_in_use(Link link)
    {
        const int Messages = 600;
        const ushort Maximum = 3;
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        WireClient taker = await broker.ConnectAsync("taker", ProtocolVersion.V5, properties: new MqttProperties { TopicAliasMaximum = Maximum });
        WireClient other = await broker.ConnectAsync("other", ProtocolVersion.V5);
        await taker.SubscribeAsync("#");
        await other.SubscribeAsync("#");
        var random = new Random(7);
        string[] sent = [.. Enumerable.Range(0, Messages).Select(_ => $"topic/{random.Next(8)}")];
        foreach (string topic in sent) await publisher.SendPublishAsync(topic, topic);
        var known = new Dictionary<ushort, string>();
        int saved = 0;
        foreach (string topic in sent)
        {
            PublishPacket message = await taker.TakeAsync(topic);
            if (message.Properties.TopicAlias is { } alias)
            {
                Assert.InRange(alias, 1, Maximum);
                if (message.Topic.Length > 0) known[alias] = message.Topic;
                else saved++;
                Assert.Equal(topic, known[alias]);
            }
            else
            {
                Assert.Equal(topic, message.Topic);
            }

            Assert.Null((await other.ExpectPublishAsync(topic, topic)).Properties.TopicAlias);
        }

        Assert.InRange(saved, Messages / 10, Messages);
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.3.2-7")]
    public async Task What_is_sent_again_has_its_topic(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        var properties = new MqttProperties { TopicAliasMaximum = 5, SessionExpiryInterval = 3600, ReceiveMaximum = 2 };
        WireClient subscriber = await broker.ConnectAsync("subscriber", ProtocolVersion.V5, cleanStart: false, properties);
        await subscriber.SubscribeAsync("long/topic", QoS.AtLeastOnce);
        for (int i = 0; i < 3; i++) await publisher.PublishAsync("long/topic", $"{i}", QoS.AtLeastOnce);
        Assert.Equal("long/topic", (await subscriber.TakeAsync("0")).Topic);
        Assert.Equal("", (await subscriber.TakeAsync("1")).Topic);
        await subscriber.DisposeAsync();
        subscriber = await broker.ConnectAsync("subscriber", ProtocolVersion.V5, cleanStart: false, new MqttProperties { SessionExpiryInterval = 3600 });
        for (int i = 0; i < 3; i++)
        {
            PublishPacket again = await subscriber.TakeAsync($"{i}");
            Assert.Equal(("long/topic", i < 2, (ushort?)null), (again.Topic, again.Dup, again.Properties.TopicAlias));
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.2-24", "MQTT-3.1.2-25", "MQTT-3.3.2-11")]
    public async Task A_message_that_is_too_large_to_send_sets_none(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        WireClient subscriber = await broker.ConnectAsync("subscriber", ProtocolVersion.V5, properties: new MqttProperties { TopicAliasMaximum = 1, MaximumPacketSize = 40 });
        await subscriber.SubscribeAsync("long/topic");
        await publisher.SendPublishAsync("long/topic", new string('x', 40));
        await publisher.SendPublishAsync("long/topic", "fits");
        PublishPacket message = await subscriber.TakeAsync("fits");
        Assert.Equal(("long/topic", (ushort)1), (message.Topic, message.Properties.TopicAlias));
        await publisher.SendPublishAsync("long/topic", new string('x', 27)); // 40 bytes only without its topic
        Assert.Equal("", (await subscriber.TakeAsync(new string('x', 27))).Topic);
    }

    [Theory]
    [InlineData(0, 16)]
    [InlineData(16, 0)]
    [Statement("MQTT-3.1.2-27")]
    public async Task Without_an_announcement_or_by_configuration_there_are_none(ushort announced, int configured)
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, options => options.Limits.TopicAliasMaximum = configured);
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5, properties: announced == 0 ? null : new MqttProperties { TopicAliasMaximum = announced });
        await client.SubscribeAsync("long/topic");
        for (int i = 0; i < 3; i++)
        {
            await client.PublishAsync("long/topic", "x");
            Assert.Null((await client.ExpectPublishAsync("long/topic", "x")).Properties.TopicAlias);
        }
    }
}
