using Amqtt.Broker.Tests.Conformance;
using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Connections;

/// <summary><c>ack_timeout</c>: a client that leaves a delivery unacknowledged is disconnected, and its messages stay.</summary>
public sealed class AckTimeoutTests
{
    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task P_C9_it_ends_the_connection_and_counts_from_when_a_message_was_sent_again(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.AckTimeout = TimeSpan.FromSeconds(10));
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        WireClient subscriber = await broker.ConnectPersistentAsync("subscriber");
        await subscriber.SubscribeAsync("t", QoS.ExactlyOnce);
        for (int i = 0; i < 3; i++) await publisher.PublishAsync("t", $"{i}", QoS.ExactlyOnce);
        for (int i = 0; i < 3; i++) await subscriber.TakeAsync($"{i}");
        broker.Time.Advance(TimeSpan.FromSeconds(9));
        await subscriber.ExpectNothingMoreAsync();
        broker.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(ReasonCode.UnspecifiedError, (await subscriber.ReceiveAsync<DisconnectPacket>()).Reason);
        await subscriber.ExpectClosedAsync();

        // Each message has its time from when it is sent, and PUBREL has its own.
        subscriber = await broker.ConnectPersistentAsync("subscriber", receiveMaximum: 1);
        for (int i = 0; i < 3; i++)
        {
            PublishPacket again = await subscriber.TakeAsync($"{i}");
            Assert.True(again.Dup);
            broker.Time.Advance(TimeSpan.FromSeconds(7));
            await subscriber.SendAsync(new PubRecPacket { PacketId = again.PacketId });
            await subscriber.ExpectAsync(new PubRelPacket { PacketId = again.PacketId });
            broker.Time.Advance(TimeSpan.FromSeconds(7));
            await subscriber.SendAsync(new PubCompPacket { PacketId = again.PacketId });
        }

        await subscriber.ExpectNothingMoreAsync();
        broker.Time.Advance(TimeSpan.FromSeconds(60));
        await subscriber.ExpectNothingMoreAsync();
    }
}
