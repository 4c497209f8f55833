using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Section 4.6: messages of one publisher arrive in order.</summary>
public sealed class Section4_6_OrderTests
{
    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-4.6.0-5", "MQTT-4.6.0-6", "v4:4.6.0-5", "v4:4.6.0-6")]
    public async Task P_C28_each_qos_keeps_its_order_through_small_windows_and_queues(Link link, ProtocolVersion version)
    {
        const int Messages = 100;
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxInflight = 3);
        WireClient publisher = await broker.ConnectAsync("publisher", version);
        WireClient online = await broker.ConnectPersistentAsync("online", version);
        WireClient away = await broker.ConnectPersistentAsync("away", version);
        foreach (WireClient subscriber in new[] { online, away }) await subscriber.SubscribeAsync("t", QoS.ExactlyOnce);
        Task publishing = Task.Run(async () =>
        {
            for (int i = 0; i < Messages; i++) await publisher.PublishAsync("t", $"{i}", (QoS)(i % 3));
        });
        var next = new int[3];
        for (int i = 0; i < Messages; i++)
        {
            PublishPacket message = await online.ReceivePublishAsync();
            int expected = (3 * next[(int)message.QoS]++) + (int)message.QoS;
            Assert.Equal($"{expected}", message.Text());
        }

        await publishing;
        await online.ExpectNothingMoreFromAsync(publisher);

        // The other one acknowledges nothing, is lost and comes back: first what it was sent, then what waited, in order.
        await away.DisposeAsync();
        await publisher.PublishAsync("t", $"{Messages}", QoS.AtLeastOnce);
        away = await broker.ConnectPersistentAsync("away", version);
        int[] kept = [.. Enumerable.Range(0, Messages + 1).Where(static i => i % 3 != 0 || i == Messages)];
        for (int i = 0; i < kept.Length; i++)
        {
            PublishPacket message = await away.ReceivePublishAsync();
            Assert.Equal(($"{kept[i]}", i < 3), (message.Text(), message.Dup));
        }

        await away.ExpectNothingMoreFromAsync(publisher);
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-4.6.0-6", "v4:4.6.0-5")]
    public async Task Where_nothing_waits_the_order_is_the_same_across_qos_and_topics(Link link, ProtocolVersion version)
    {
        const int Messages = 300;
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxInflight = 1000);
        WireClient publisher = await broker.ConnectAsync("publisher", version);
        WireClient[] subscribers = [await broker.ConnectAsync("one", version), await broker.ConnectAsync("two", version), await broker.ConnectAsync("three", version)];
        foreach (WireClient subscriber in subscribers) await subscriber.SubscribeAsync("#", QoS.AtLeastOnce);
        for (int i = 0; i < Messages; i++) await publisher.SendPublishAsync($"t/{i % 7}", $"{i}", (QoS)(i % 2), id: (ushort)(i + 1));
        foreach (WireClient subscriber in subscribers)
        {
            for (int i = 0; i < Messages; i++) await subscriber.ExpectPublishAsync($"t/{i % 7}", $"{i}");
        }
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-4.6.0-5", "v4:4.6.0-6")]
    public async Task P_C28_a_subscriber_that_is_slow_or_fails_holds_up_nobody(Link link, ProtocolVersion version)
    {
        const int Messages = 200;
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", version);
        WireClient slow = await broker.ConnectAsync("slow", version);
        WireClient good = await broker.ConnectAsync("good", version);
        foreach (WireClient subscriber in new[] { slow, good }) await subscriber.SubscribeAsync("t", QoS.AtLeastOnce);
        for (int i = 0; i < Messages; i++)
        {
            if (i % 50 == 10)
            {
                WireClient joining = await broker.ConnectAsync($"joining {i}", version);
                await joining.SubscribeAsync("t", QoS.AtLeastOnce);
                if (i == 110) await joining.SendHexAsync("FF FF FF FF FF");
                else if (i == 60) await joining.DisposeAsync();
            }

            await publisher.PublishAsync("t", $"{i}", QoS.AtLeastOnce);
            await good.ExpectPublishAsync("t", $"{i}");
        }

        for (int i = 0; i < Messages; i++) await slow.ExpectPublishAsync("t", $"{i}"); // all is there when it begins to read
    }
}
