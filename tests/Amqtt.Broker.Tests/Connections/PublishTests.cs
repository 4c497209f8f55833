using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Connections;

/// <summary>A message from publisher to subscriber, for every transport, version and pair of QoS.</summary>
public sealed class PublishTests
{
    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.8.4-8", "v4:3.8.4-6")]
    public async Task P_C7_P_C8_EveryQoSIsDeliveredAtTheLowerOfBoth(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", version);
        foreach (QoS granted in Enum.GetValues<QoS>())
        {
            WireClient subscriber = await broker.ConnectAsync($"subscriber-{granted}", version);
            SubAckPacket answer = await subscriber.SubscribeAsync("a/+", granted);
            Assert.Equal([(ReasonCode)granted], answer.Reasons);
            foreach (QoS sent in Enum.GetValues<QoS>())
            {
                Assert.Equal(ReasonCode.Success, await publisher.PublishAsync("a/b", $"{sent} to {granted}", sent));
                PublishPacket received = await subscriber.ExpectPublishAsync("a/b", $"{sent} to {granted}");
                Assert.Equal(sent < granted ? sent : granted, received.QoS);
                Assert.False(received.Retain);
                Assert.False(received.Dup);
            }

            await subscriber.ExpectNothingMoreAsync();
            await subscriber.DisconnectAsync();
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task MessagesBetweenLoopsKeepTheirOrder(Link link)
    {
        const int Messages = 2000;
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxOutputBytes = 16 * 1024 * 1024);
        WireClient publisher = await broker.ConnectAsync("publisher");
        WireClient[] subscribers = [await broker.ConnectAsync("one"), await broker.ConnectAsync("two"), await broker.ConnectAsync("three"), await broker.ConnectAsync("four")];
        foreach (WireClient subscriber in subscribers) await subscriber.SubscribeAsync("order");
        for (int i = 0; i < Messages; i++) await publisher.PublishAsync("order", i.ToString());
        foreach (WireClient subscriber in subscribers)
        {
            for (int i = 0; i < Messages; i++) await subscriber.ExpectPublishAsync("order", i.ToString());
        }
    }
}
