using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Section 4.3: the flows of QoS 1 and 2, and 4.5: who gets a message that was accepted.</summary>
public sealed class Section4_3_QosTests
{
    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-4.3.2-5", "v4:4.3.2-2")]
    public async Task After_puback_the_identifier_means_a_new_message(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient client = await broker.ConnectAsync("c", version);
        await client.SubscribeAsync("t");
        foreach (bool dup in new[] { false, false, true, true })
        {
            await client.SendPublishAsync("t", "x", QoS.AtLeastOnce, id: 5, dup);
            await client.ExpectAsync(new PubAckPacket { PacketId = 5 });
            await client.TakeAsync("x");
        }
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-4.3.3-10", "MQTT-4.3.3-12", "v4:4.3.3-2")]
    public async Task P_C7_until_pubrel_the_identifier_means_the_same_message(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient subscriber = await broker.ConnectAsync("subscriber", version);
        await subscriber.SubscribeAsync("#", QoS.ExactlyOnce);
        WireClient publisher = await broker.ConnectPersistentAsync("publisher", version);
        await SendAsync("t", "first", dup: false);
        await SendAsync("t", "first", dup: true);
        await SendAsync("t", "neither a duplicate nor a replacement", dup: false);
        await publisher.DisposeAsync();
        publisher = await broker.ConnectPersistentAsync("publisher", version);
        await SendAsync("t", "first", dup: true); // also after a reconnect
        await ReleaseAsync();
        await SendAsync("t", "second", dup: true); // a message of its own, whatever DUP says
        await ReleaseAsync();
        await subscriber.ExpectPublishAsync("t", "first");
        await subscriber.ExpectPublishAsync("t", "second");
        await subscriber.ExpectNothingMoreFromAsync(publisher);

        async Task SendAsync(string topic, string payload, bool dup)
        {
            await publisher.SendPublishAsync(topic, payload, QoS.ExactlyOnce, id: 5, dup);
            await publisher.ExpectAsync(new PubRecPacket { PacketId = 5 });
        }

        async Task ReleaseAsync()
        {
            await publisher.SendAsync(new PubRelPacket { PacketId = 5 });
            await publisher.ExpectAsync(new PubCompPacket { PacketId = 5 });
        }
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-4.3.3-4", "MQTT-4.3.3-5", "MQTT-4.3.3-6", "v4:4.3.3-1")]
    public async Task P_C9_after_pubrec_pubrel_is_what_is_sent_again(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", version);
        WireClient subscriber = await broker.ConnectPersistentAsync("subscriber", version);
        await subscriber.SubscribeAsync("t", QoS.ExactlyOnce);
        await publisher.PublishAsync("t", "x", QoS.ExactlyOnce);
        ushort id = (await subscriber.TakeAsync("x")).PacketId;
        for (int i = 0; i < 3; i++)
        {
            await subscriber.SendAsync(new PubRecPacket { PacketId = id });
            await subscriber.ExpectAsync(new PubRelPacket { PacketId = id });
            await subscriber.ExpectNothingMoreAsync();
            await subscriber.DisposeAsync();
            subscriber = await broker.ConnectPersistentAsync("subscriber", version);
            await subscriber.ExpectAsync(new PubRelPacket { PacketId = id });
        }

        await subscriber.SendAsync(new PubCompPacket { PacketId = id });
        await subscriber.ExpectNothingMoreAsync();
        await subscriber.DisposeAsync();
        subscriber = await broker.ConnectPersistentAsync("subscriber", version);
        await subscriber.ExpectNothingMoreAsync();
    }

    [Theory]
    [InlineData(QoS.AtLeastOnce, (byte)0x10, true)]
    [InlineData(QoS.AtLeastOnce, (byte)0x87, true)]
    [InlineData(QoS.ExactlyOnce, (byte)0x10, false)]
    [InlineData(QoS.ExactlyOnce, (byte)0x80, true)]
    [InlineData(QoS.ExactlyOnce, (byte)0x97, true)]
    [Statement("MQTT-4.3.3-4", "MQTT-4.4.0-2", "prose:4.9a")]
    public async Task A_delivery_is_over_with_puback_or_a_pubrec_that_refuses(QoS qos, byte reason, bool isOver)
    {
        foreach (Link link in Enum.GetValues<Link>())
        {
            await using TestBroker broker = await TestBroker.StartAsync(link);
            WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
            WireClient subscriber = await broker.ConnectPersistentAsync("subscriber", receiveMaximum: 1);
            await subscriber.SubscribeAsync("t", qos);
            await publisher.PublishAsync("t", "1", qos);
            await publisher.PublishAsync("t", "2", qos);
            ushort id = (await subscriber.TakeAsync("1")).PacketId;
            await subscriber.ExpectNothingMoreAsync();
            await subscriber.SendAsync(qos == QoS.AtLeastOnce
                ? new PubAckPacket { PacketId = id, Reason = (ReasonCode)reason }
                : new PubRecPacket { PacketId = id, Reason = (ReasonCode)reason });
            if (!isOver)
            {
                await subscriber.ExpectAsync(new PubRelPacket { PacketId = id });
                await subscriber.ExpectNothingMoreAsync();
                await subscriber.SendAsync(new PubCompPacket { PacketId = id });
            }

            Assert.False((await subscriber.TakeAsync("2")).Dup);
            await subscriber.DisposeAsync();
            subscriber = await broker.ConnectPersistentAsync("subscriber");
            Assert.True((await subscriber.TakeAsync("2")).Dup);
            await subscriber.ExpectNothingMoreAsync();
        }
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-4.5.0-1", "v4:4.5.0-1")]
    public async Task P_C11_an_accepted_message_is_there_for_every_session_with_a_matching_subscription(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", version);
        string[] filters = ["a/b", "a/+", "a/#", "+/b", "a/b/#", "a/c", "+"];
        var clients = new List<WireClient>();
        for (int i = 0; i < filters.Length * 2; i++)
        {
            WireClient client = await broker.ConnectPersistentAsync($"{i}", version);
            await client.SubscribeAsync(filters[i / 2], QoS.ExactlyOnce);
            if (i % 2 == 1) await client.DisconnectAsync();
            clients.Add(client);
        }

        foreach (QoS qos in new[] { QoS.AtLeastOnce, QoS.ExactlyOnce })
        {
            for (int n = 0; n < 20; n++) await publisher.PublishAsync("a/b", $"{n}", qos);
        }

        for (int i = 0; i < clients.Count; i++)
        {
            WireClient client = i % 2 == 0 ? clients[i] : await broker.ConnectPersistentAsync($"{i}", version);
            for (int n = 0; n < 40 && i < 10; n++)
            {
                PublishPacket message = await client.ExpectPublishAsync("a/b", $"{n % 20}");
                Assert.Equal((n < 20 ? QoS.AtLeastOnce : QoS.ExactlyOnce, false, false), (message.QoS, message.Retain, message.Dup));
            }

            await client.ExpectNothingMoreFromAsync(publisher);
        }
    }
}
