using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Sections 3.10 and 3.11: UNSUBSCRIBE and UNSUBACK.</summary>
public sealed class Section3_10_UnsubscribeTests
{
    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.10.4-1", "MQTT-3.10.4-4", "MQTT-3.10.4-5", "MQTT-3.10.4-6", "MQTT-3.11.3-1", "MQTT-3.11.3-2", "MQTT-3.11.2-1", "MQTT-3.11.2-2", "v4:3.10.4-1", "v4:3.10.4-4", "v4:3.10.4-5", "v4:3.10.4-6")]
    public async Task P_C16_one_unsuback_answers_known_and_unknown_filters_in_order(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient client = await broker.ConnectAsync("c", version);
        string[] filters = ["a/b", "a/+", "a/#", "A/b", "é", "$share/g/a/b"];
        await client.SubscribeAsync([.. filters.Select(static filter => Script.Filter(filter))]);
        // Each matches one of those or its topics, and none is the same character by character.
        await client.SendAsync(new UnsubscribePacket { PacketId = 0xBEEF, Filters = ["#", "+/b", "a/+/", "e\u0301", "a/B", "$share/h/a/b", "a/#/b", "a#"] });
        await client.ExpectHexAsync(version == ProtocolVersion.V5 ? "B0 0B BEEF 00 11 11 11 11 11 11 8F 8F" : "B0 02 BEEF");
        await client.PublishAsync("a/b", "x");
        for (int i = 0; i < 2; i++) await client.ExpectPublishAsync("a/b", "x"); // one for the plain filters, one for the shared
        await client.ExpectNothingMoreAsync();
        await client.SendAsync(new UnsubscribePacket { PacketId = 1, Filters = ["a/+", "never", "a/b", "a/b", "$share/g/a/b"] });
        await client.ExpectHexAsync(version == ProtocolVersion.V5 ? "B0 08 0001 00 00 11 00 11 00" : "B0 02 0001");
        await client.PublishAsync("a/b", "y");
        await client.ExpectPublishAsync("a/b", "y");
        await client.ExpectNothingMoreAsync();
        await client.UnsubscribeAsync("a/#");
        await client.PublishAsync("a/b", "z");
        await client.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.10.4-2", "MQTT-3.10.4-3", "v4:3.10.4-2", "v4:3.10.4-3")]
    public async Task What_has_begun_is_finished_and_nothing_new_begins(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", version);
        WireClient subscriber = await broker.ConnectPersistentAsync("subscriber", version);
        await subscriber.SubscribeAsync("t", QoS.ExactlyOnce);
        await publisher.PublishAsync("t", "1", QoS.AtLeastOnce);
        await publisher.PublishAsync("t", "2", QoS.ExactlyOnce);
        await publisher.PublishAsync("t", "3", QoS.ExactlyOnce);
        PublishPacket first = await subscriber.TakeAsync("1");
        PublishPacket second = await subscriber.TakeAsync("2");
        PublishPacket third = await subscriber.TakeAsync("3");
        await subscriber.SendAsync(new PubRecPacket { PacketId = second.PacketId });
        await subscriber.ExpectAsync(new PubRelPacket { PacketId = second.PacketId });
        await subscriber.UnsubscribeAsync("t");
        foreach (QoS qos in Enum.GetValues<QoS>()) await publisher.PublishAsync("t", "too late", qos);
        await subscriber.ExpectNothingMoreFromAsync(publisher);

        await subscriber.DisposeAsync();
        subscriber = await broker.ConnectPersistentAsync("subscriber", version);
        Assert.Equal((true, first.PacketId), await AgainAsync("1"));
        await subscriber.ExpectAsync(new PubRelPacket { PacketId = second.PacketId });
        Assert.Equal((true, third.PacketId), await AgainAsync("3"));
        await subscriber.SendAsync(new PubAckPacket { PacketId = first.PacketId });
        await subscriber.SendAsync(new PubCompPacket { PacketId = second.PacketId });
        await subscriber.SendAsync(new PubRecPacket { PacketId = third.PacketId });
        await subscriber.ExpectAsync(new PubRelPacket { PacketId = third.PacketId });
        await subscriber.SendAsync(new PubCompPacket { PacketId = third.PacketId });
        await subscriber.ExpectNothingMoreFromAsync(publisher);

        async Task<(bool, ushort)> AgainAsync(string payload)
        {
            PublishPacket again = await subscriber.TakeAsync(payload);
            return (again.Dup, again.PacketId);
        }
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.10.4-2", "v4:3.10.4-2")]
    public async Task After_unsuback_nothing_comes_although_others_publish_all_the_time(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", version);
        WireClient[] subscribers = [await broker.ConnectAsync("one", version), await broker.ConnectAsync("two", version), await broker.ConnectAsync("three", version)];
        using var stop = new CancellationTokenSource();
        Task publishing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested) await publisher.PublishAsync("t", "x", QoS.AtLeastOnce);
        });
        foreach (WireClient subscriber in subscribers)
        {
            for (int i = 0; i < 10; i++)
            {
                await subscriber.SubscribeAsync("t");
                await subscriber.ExpectPublishAsync("t", "x");
                await subscriber.SendAsync(new UnsubscribePacket { PacketId = 7, Filters = ["t"] });
                while (await subscriber.ReceiveAsync() is PublishPacket) { }
                await subscriber.ExpectNothingMoreAsync();
            }
        }

        await stop.CancelAsync();
        await publishing;
    }
}
