using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Limits;

/// <summary>A publisher that outruns a receiver is slowed by its own socket: nothing is dropped, and everybody else goes on. The clock stands still, so no patience ends.</summary>
public sealed class BackpressureTests
{
    private const int Messages = 4000;
    private const int Size = 8 * 1024; // 32 MiB in all: far more than sockets and output hold

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task Nothing_of_QoS_0_is_dropped_for_a_receiver_that_reads_later_and_others_are_served(Link link)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link);
        WireClient slow = await broker.ConnectAsync("slow"), publisher = await broker.ConnectAsync("publisher"), other = await broker.ConnectAsync("other");
        await slow.SubscribeAsync("flood");
        await other.SubscribeAsync("calm", QoS.AtLeastOnce);

        Task flood = FloodAsync(publisher);
        await other.PublishAsync("calm", "still here", QoS.AtLeastOnce);
        Assert.Equal("calm", (await other.ReceivePublishAsync()).Topic);
        for (int i = 0; i < Messages; i++) Assert.Equal(i, BitConverter.ToInt32((await slow.ReceivePublishAsync()).Payload.Span));

        await flood;
        Assert.Equal(0, broker.Dropped("queue_full"));
    }

    private static async Task FloodAsync(WireClient publisher)
    {
        for (int i = 0; i < Messages; i++)
        {
            byte[] payload = new byte[Size];
            BitConverter.TryWriteBytes(payload, i);
            await publisher.SendAsync(new PublishPacket { Topic = "flood", Payload = payload });
        }
    }
}
