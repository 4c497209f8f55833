using System.Text;
using Amqtt.Broker.Configuration;
using Amqtt.Broker.Sessions;
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

    public static TheoryData<Link, ProtocolVersion, QoS> SelfPublishers => new MatrixTheoryData<Link, ProtocolVersion, QoS>(
        [Link.Memory, Link.Tcp], [ProtocolVersion.V311, ProtocolVersion.V5], [QoS.AtLeastOnce, QoS.ExactlyOnce]);

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task Nothing_of_QoS_0_is_dropped_for_a_receiver_that_reads_later_and_others_are_served(Link link)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link);
        WireClient slow = await broker.ConnectAsync("slow"), publisher = await broker.ConnectAsync("publisher"), other = await broker.ConnectAsync("other");
        await HoldsUpAsync(broker, slow, publisher, other);
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task A_publisher_is_held_up_by_a_receiver_of_another_loop_and_goes_on_when_that_has_worked_it_off(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.OutputStallTimeout = TimeSpan.FromDays(1));
        WireClient slow = await broker.ConnectAsync("slow");
        await HoldsUpAsync(broker, slow, await OnAnotherLoopAsync(broker, "slow", "publisher"), await OnAnotherLoopAsync(broker, "slow", "other"));
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task A_receiver_that_takes_much_at_once_holds_up_nobody(Link link)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link, static options =>
        {
            options.Limits.MaxOutputBytes = 4096;
            options.OverlappingSubscriptions = OverlappingSubscriptions.All;
        });
        WireClient receiver = await broker.ConnectAsync("receiver"), publisher = await broker.ConnectAsync("publisher");
        foreach (string filter in new[] { "a", "+", "#" }) await receiver.SubscribeAsync(filter);
        for (int i = 0; i < 10; i++)
        {
            await publisher.PublishAsync("a", new byte[1200]); // three of them are more than half of the output
            await publisher.PingAsync();
            for (int copy = 0; copy < 3; copy++) await receiver.ReceivePublishAsync();
        }

        Assert.Equal(0, broker.Dropped("queue_full"));
    }

    [Theory]
    [InlineData(ProtocolVersion.V311)]
    [InlineData(ProtocolVersion.V5)]
    public async Task A_client_that_does_not_take_its_answers_is_not_read_until_it_does(ProtocolVersion version)
    {
        const int Flood = 120_000; // their answers have room in the output: it is not that which holds the client up
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(Link.Memory, static options => options.Limits.ReceiveMaximum = 5);
        WireClient publisher = await broker.ConnectAsync("publisher", version), other = await broker.ConnectAsync("other", version);
        byte[][] packets = [.. Enumerable.Range(1, 1000).Select(id => PacketCodec.Encode(new PublishPacket { Topic = "t", QoS = QoS.AtLeastOnce, PacketId = (ushort)id }, version))];
        byte[] burst = [.. packets.SelectMany(static packet => packet)];
        Task flood = Task.Run(async () =>
        {
            for (int i = 0; i < Flood / packets.Length; i++) await publisher.SendAsync(burst);
        });
        await other.SubscribeAsync("calm");
        for (int i = 0; i < 100; i++)
        {
            await other.PublishAsync("calm", "still here", QoS.AtLeastOnce);
            await other.ReceivePublishAsync();
        }

        Assert.False(flood.IsCompleted);
        for (int i = 0; i < Flood; i++) Assert.Equal((i % packets.Length) + 1, (await publisher.ReceiveAsync<PubAckPacket>()).PacketId);
        await flood;
    }

    [Theory, MemberData(nameof(SelfPublishers))]
    public async Task A_client_that_is_slow_for_its_own_messages_is_answered_once_it_has_caught_up(Link link, ProtocolVersion version, QoS qos)
    {
        const int Window = 20;
        const int Total = 300;
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link, static options =>
        {
            options.Limits.ReceiveMaximum = Window;
            options.Limits.MaxInflight = 1;
            options.Limits.MaxQueuedMessages = 60;
        });
        WireClient client = await broker.ConnectAsync("client", version);
        await client.SubscribeAsync("self", QoS.AtLeastOnce);
        var received = new List<string>();
        var unanswered = new Queue<ushort>();
        ushort sent = 0;
        int done = 0;
        while (true)
        {
            while (sent < Total && sent - done < Window)
            {
                sent++;
                await client.SendAsync(new PublishPacket { Topic = "self", QoS = qos, PacketId = sent, Payload = Encoding.ASCII.GetBytes($"{sent}") });
            }

            int before = done;
            await TakeAsync();
            if (done == Total && unanswered.Count == 0) break;

            // It takes the next of its messages only when it may not publish any more.
            if ((done == before || sent == Total) && unanswered.TryDequeue(out ushort delivery)) await client.SendAsync(new PubAckPacket { PacketId = delivery });
        }

        Assert.Equal(Enumerable.Range(1, Total).Select(static number => $"{number}"), received);
        Assert.Equal(0, broker.Dropped("queue_full"));

        // Everything that the broker has sent by now.
        async Task TakeAsync()
        {
            await client.SendAsync(new PingReqPacket());
            while (true)
            {
                switch (await client.ReceiveAsync())
                {
                    case PubAckPacket answer:
                        Assert.Equal(++done, answer.PacketId);
                        break;
                    case PubRecPacket answer:
                        await client.SendAsync(new PubRelPacket { PacketId = answer.PacketId });
                        break;
                    case PubCompPacket answer:
                        Assert.Equal(++done, answer.PacketId);
                        break;
                    case PublishPacket message:
                        received.Add(Encoding.ASCII.GetString(message.Payload.Span));
                        unanswered.Enqueue(message.PacketId);
                        break;
                    default:
                        return;
                }
            }
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-4.6.0-2")]
    public async Task A_refusal_does_not_overtake_the_answers_that_are_held_back(Link link)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link, static options =>
        {
            options.Limits.MaxInflight = 1;
            options.Limits.MaxQueuedMessages = 60;
            options.Limits.MaxTopicLength = 10;
        });
        WireClient client = await broker.ConnectAsync("client", ProtocolVersion.V5);
        await client.SubscribeAsync("self", QoS.AtLeastOnce);
        for (ushort id = 1; id <= 40; id++)
            await client.SendAsync(new PublishPacket { Topic = id < 40 ? "self" : "far/too/long", QoS = QoS.AtLeastOnce, PacketId = id });
        await client.SendAsync(new PingReqPacket());
        var answered = new List<ushort>();
        ushort unanswered = 0;
        while (await client.ReceiveAsync() is var packet and not PingRespPacket) Take(packet);
        Assert.NotEmpty(answered);
        Assert.DoesNotContain((ushort)40, answered);

        // It catches up.
        while (answered.Count < 40)
        {
            if (unanswered != 0) await client.SendAsync(new PubAckPacket { PacketId = unanswered });
            unanswered = 0;
            Take(await client.ReceiveAsync());
        }

        Assert.Equal(Enumerable.Range(1, 40).Select(static id => (ushort)id), answered);

        void Take(MqttPacket packet)
        {
            if (packet is PubAckPacket answer) answered.Add(answer.PacketId);
            else unanswered = Assert.IsType<PublishPacket>(packet).PacketId;
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-4.6.0-3")]
    public async Task The_answer_to_a_repeated_message_does_not_overtake_those_that_are_held_back(Link link)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link, static options =>
        {
            options.Limits.MaxInflight = 1;
            options.Limits.MaxQueuedMessages = 60;
        });
        WireClient client = await broker.ConnectAsync("client", ProtocolVersion.V311);
        await client.SubscribeAsync("self", QoS.AtLeastOnce);
        for (ushort id = 1; id <= 40; id++) await client.SendAsync(new PublishPacket { Topic = "self", QoS = QoS.ExactlyOnce, PacketId = id });
        await client.SendAsync(new PublishPacket { Topic = "self", QoS = QoS.ExactlyOnce, PacketId = 40, Dup = true });
        await client.SendAsync(new PingReqPacket());
        var answered = new List<ushort>();
        ushort unanswered = 0;
        while (await client.ReceiveAsync() is var packet and not PingRespPacket) Take(packet);
        Assert.InRange(answered.Count, 1, 39);

        // It catches up.
        while (answered.Count < 41)
        {
            if (unanswered != 0) await client.SendAsync(new PubAckPacket { PacketId = unanswered });
            unanswered = 0;
            Take(await client.ReceiveAsync());
        }

        Assert.Equal([.. Enumerable.Range(1, 40).Select(static id => (ushort)id), 40], answered);

        void Take(MqttPacket packet)
        {
            if (packet is PubRecPacket answer) answered.Add(answer.PacketId);
            else unanswered = Assert.IsType<PublishPacket>(packet).PacketId;
        }
    }

    private static async Task HoldsUpAsync(TestBroker broker, WireClient slow, WireClient publisher, WireClient other)
    {
        await slow.SubscribeAsync("flood");
        await other.SubscribeAsync("calm", QoS.AtLeastOnce);

        Task flood = FloodAsync(publisher);
        await other.PublishAsync("calm", "still here", QoS.AtLeastOnce);
        Assert.Equal("calm", (await other.ReceivePublishAsync()).Topic);
        for (int i = 0; i < Messages; i++) Assert.Equal(i, BitConverter.ToInt32((await slow.ReceivePublishAsync()).Payload.Span));

        await flood;
        Assert.Equal(0, broker.Dropped("queue_full"));
    }

    /// <summary>A client that another loop owns than <paramref name="clientId"/>, by one of many names.</summary>
    private static async Task<WireClient> OnAnotherLoopAsync(TestBroker broker, string clientId, string name)
    {
        int LoopOf(string id) => ((Session)broker.Broker.FindSession(id)!).Loop;
        for (int i = 0; ; i++)
        {
            WireClient client = await broker.ConnectAsync($"{name} {i}");
            if (LoopOf($"{name} {i}") != LoopOf(clientId)) return client;
        }
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
