using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Section 4.9: Receive Maximum in both directions, and packet identifiers.</summary>
public sealed class Section4_9_FlowControlTests
{
    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.3.4-9")]
    public async Task V5_what_is_acknowledged_before_it_is_sent_again_makes_no_room_for_more(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        var keeps = new MqttProperties { SessionExpiryInterval = 100 };
        WireClient receiver = await broker.ConnectAsync("receiver", ProtocolVersion.V5, properties: keeps), publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        await receiver.SubscribeAsync("a", QoS.AtLeastOnce);
        var sent = new List<PublishPacket>();
        for (int i = 0; i < 3; i++)
        {
            await publisher.PublishAsync("a", $"{i}", QoS.AtLeastOnce);
            sent.Add(await receiver.ReceiveAsync<PublishPacket>());
        }

        receiver = await broker.ConnectAsync("receiver", ProtocolVersion.V5, cleanStart: false, new MqttProperties { SessionExpiryInterval = 100, ReceiveMaximum = 1 });
        Assert.Equal(sent[0].PacketId, (await receiver.ReceiveAsync<PublishPacket>()).PacketId);
        await receiver.SendAsync(new PubAckPacket { PacketId = sent[2].PacketId });
        await receiver.ExpectNothingMoreAsync();
        await receiver.SendAsync(new PubAckPacket { PacketId = sent[0].PacketId });
        Assert.Equal(sent[1].PacketId, (await receiver.ReceivePublishAsync()).PacketId);
        await receiver.ExpectNothingMoreAsync();
        await publisher.PublishAsync("a", "new", QoS.AtLeastOnce);
        await receiver.ExpectPublishAsync("a", "new");
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.3.4-9")]
    public async Task V5_what_is_received_before_it_is_sent_again_is_released_and_counts_from_then_on(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient receiver = await broker.ConnectAsync("receiver", ProtocolVersion.V5, properties: new MqttProperties { SessionExpiryInterval = 100 });
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        await receiver.SubscribeAsync("a", QoS.ExactlyOnce);
        var sent = new List<ushort>();
        for (int i = 0; i < 3; i++)
        {
            await publisher.PublishAsync("a", $"{i}", QoS.ExactlyOnce);
            sent.Add((await receiver.ReceiveAsync<PublishPacket>()).PacketId);
        }

        receiver = await broker.ConnectAsync("receiver", ProtocolVersion.V5, cleanStart: false, new MqttProperties { SessionExpiryInterval = 100, ReceiveMaximum = 1 });
        Assert.Equal(sent[0], (await receiver.ReceiveAsync<PublishPacket>()).PacketId);
        await receiver.SendAsync(new PubRecPacket { PacketId = sent[2] });
        Assert.Equal(sent[2], (await receiver.ReceiveAsync<PubRelPacket>()).PacketId);
        await FinishAsync(sent[0]);
        await receiver.ExpectNothingMoreAsync(); // the third is still under way
        await receiver.SendAsync(new PubCompPacket { PacketId = sent[2] });
        Assert.Equal(sent[1], (await receiver.ReceiveAsync<PublishPacket>()).PacketId);
        await FinishAsync(sent[1]);
        await publisher.PublishAsync("a", "new", QoS.ExactlyOnce);
        await receiver.ExpectPublishAsync("a", "new");

        async Task FinishAsync(ushort packetId)
        {
            await receiver.SendAsync(new PubRecPacket { PacketId = packetId });
            Assert.Equal(packetId, (await receiver.ReceiveAsync<PubRelPacket>()).PacketId);
            await receiver.SendAsync(new PubCompPacket { PacketId = packetId });
        }
    }

    public static TheoryData<Link, QoS> LinksAndAcknowledgedQoS => new MatrixTheoryData<Link, QoS>([Link.Tcp, Link.Memory], [QoS.AtLeastOnce, QoS.ExactlyOnce]);

    [Theory, MemberData(nameof(LinksAndAcknowledgedQoS))]
    [Statement("MQTT-3.3.4-9", "MQTT-3.3.4-10", "MQTT-4.9.0-1", "MQTT-4.9.0-2", "MQTT-4.9.0-3", "prose:4.9a")]
    public async Task The_clients_receive_maximum_bounds_what_is_in_flight_and_nothing_else(Link link, QoS qos)
    {
        const int Maximum = 3;
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        WireClient subscriber = await broker.ConnectPersistentAsync("subscriber", receiveMaximum: Maximum);
        await subscriber.SubscribeAsync("t", qos);
        for (int i = 0; i < 8; i++) await publisher.PublishAsync("t", $"{i}", qos);
        var ids = new Queue<ushort>();
        for (int i = 0; i < Maximum; i++) ids.Enqueue((await subscriber.TakeAsync($"{i}")).PacketId);

        // At zero everything else goes on: QoS 0, pings, subscriptions, its own messages.
        await subscriber.SubscribeAsync("zero");
        await publisher.PublishAsync("zero", "passes");
        await subscriber.ExpectPublishAsync("zero", "passes");
        Assert.Equal(ReasonCode.Success, await subscriber.PublishAsync("t", "8", qos));
        await subscriber.ExpectNothingMoreAsync();

        for (int i = Maximum; i <= 8; i++)
        {
            await FinishAsync(subscriber, qos, ids.Dequeue());
            ids.Enqueue((await subscriber.TakeAsync($"{i}")).PacketId);
            await subscriber.ExpectNothingMoreAsync();
        }

        // More acknowledgements than messages do not raise it above its start.
        while (ids.TryDequeue(out ushort id)) await FinishAsync(subscriber, qos, id);
        for (int i = 0; i < 5; i++)
        {
            await subscriber.SendAsync(new PubAckPacket { PacketId = 4711 });
            await subscriber.SendAsync(new PubCompPacket { PacketId = 4711 });
            await subscriber.SendAsync(new PubRecPacket { PacketId = 4711, Reason = ReasonCode.UnspecifiedError });
        }

        for (int i = 0; i < Maximum + 2; i++) await publisher.PublishAsync("t", $"{i}", qos);
        for (int i = 0; i < Maximum; i++) await subscriber.TakeAsync($"{i}");
        await subscriber.ExpectNothingMoreFromAsync(publisher);

        // Anew with each connection, and within the new one.
        await subscriber.DisposeAsync();
        subscriber = await broker.ConnectPersistentAsync("subscriber", receiveMaximum: 1);
        PublishPacket again = await subscriber.TakeAsync("0");
        await subscriber.ExpectNothingMoreAsync();
        await FinishAsync(subscriber, qos, again.PacketId);
        Assert.True((await subscriber.TakeAsync("1")).Dup);
        await subscriber.ExpectNothingMoreAsync();
        await subscriber.DisposeAsync();
        subscriber = await broker.ConnectPersistentAsync("subscriber");
        for (int i = 1; i < Maximum + 2; i++) Assert.Equal(i < Maximum, (await subscriber.TakeAsync($"{i}")).Dup);
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.3.4-10", "MQTT-4.9.0-3")]
    public async Task A_quota_that_is_used_up_does_not_hold_back_pubrel_after_a_reconnect(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        WireClient subscriber = await broker.ConnectPersistentAsync("subscriber");
        await subscriber.SubscribeAsync("t", QoS.ExactlyOnce);
        var sent = new List<PublishPacket>();
        for (int i = 0; i < 4; i++) await publisher.PublishAsync("t", $"{i}", QoS.ExactlyOnce);
        for (int i = 0; i < 4; i++) sent.Add(await subscriber.TakeAsync($"{i}"));
        await subscriber.SendAsync(new PubRecPacket { PacketId = sent[3].PacketId });
        await subscriber.ExpectAsync(new PubRelPacket { PacketId = sent[3].PacketId });
        await subscriber.DisposeAsync();
        subscriber = await broker.ConnectPersistentAsync("subscriber", receiveMaximum: 1);
        Assert.True((await subscriber.TakeAsync("0")).Dup);
        await subscriber.ExpectAsync(new PubRelPacket { PacketId = sent[3].PacketId });
        await subscriber.ExpectNothingMoreAsync();
        await subscriber.SendAsync(new PubCompPacket { PacketId = sent[3].PacketId });
        for (int i = 0; i < 3; i++)
        {
            if (i > 0) Assert.True((await subscriber.TakeAsync($"{i}")).Dup);
            await subscriber.ExpectNothingMoreAsync();
            await FinishAsync(subscriber, QoS.ExactlyOnce, sent[i].PacketId);
        }

        await subscriber.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.3.4-7", "MQTT-3.3.4-8")]
    public async Task The_brokers_receive_maximum_counts_both_qos(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.ReceiveMaximum = 2);
        foreach (QoS last in new[] { QoS.AtLeastOnce, QoS.ExactlyOnce })
        {
            WireClient publisher = await broker.ConnectPersistentAsync("publisher");
            for (ushort id = 1; id <= 2; id++)
            {
                await publisher.SendPublishAsync("t", "x", QoS.ExactlyOnce, id);
                await publisher.ReceiveAsync<PubRecPacket>();
            }

            await publisher.SendPublishAsync("t", "x"); // QoS 0 is not counted, nor anything else
            await publisher.SendPublishAsync("t", "x", QoS.ExactlyOnce, id: 2, dup: true); // nor what is here already
            await publisher.ReceiveAsync<PubRecPacket>();
            await publisher.SubscribeAsync("u");
            await publisher.SendAsync(new PubRelPacket { PacketId = 1 });
            await publisher.ReceiveAsync<PubCompPacket>();
            await publisher.SendAsync(new PubRelPacket { PacketId = 999 });
            Assert.Equal(ReasonCode.PacketIdentifierNotFound, (await publisher.ReceiveAsync<PubCompPacket>()).Reason);
            await publisher.PublishAsync("t", "x", QoS.AtLeastOnce);
            await publisher.SendPublishAsync("t", "x", QoS.ExactlyOnce, id: 1);
            await publisher.ReceiveAsync<PubRecPacket>();
            await publisher.SendPublishAsync("t", "x", last, id: 3);
            Assert.Equal(ReasonCode.ReceiveMaximumExceeded, (await publisher.ReceiveAsync<DisconnectPacket>()).Reason);
            await publisher.ExpectClosedAsync();

            // The quota is new with each connection, although the session still has the two.
            publisher = await broker.ConnectPersistentAsync("publisher");
            for (ushort id = 11; id <= 12; id++)
            {
                await publisher.SendPublishAsync("t", "x", QoS.ExactlyOnce, id);
                await publisher.ReceiveAsync<PubRecPacket>();
            }

            for (ushort id = 1; id <= 2; id++) await publisher.SendAsync(new PubRelPacket { PacketId = id });
            for (ushort id = 11; id <= 12; id++) await publisher.SendAsync(new PubRelPacket { PacketId = id });
            for (int i = 0; i < 4; i++) Assert.Equal(ReasonCode.Success, (await publisher.ReceiveAsync<PubCompPacket>()).Reason);
            await publisher.DisconnectAsync();
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.3.4-7")]
    public async Task Messages_that_wait_for_a_slow_plugin_are_answered_one_after_the_other(Link link)
    {
        var plugin = new Slow();
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.ReceiveMaximum = 4, plugin);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        for (ushort id = 1; id <= 4; id++) await publisher.SendPublishAsync("t", "x", QoS.AtLeastOnce, id);
        await plugin.Asked.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        WireClient other = await broker.ConnectAsync("other", ProtocolVersion.V5);
        await other.ExpectNothingMoreAsync(); // everybody else goes on
        plugin.Answer.SetResult();
        for (ushort id = 1; id <= 4; id++) Assert.Equal(id, (await publisher.ReceiveAsync<PubAckPacket>()).PacketId);
    }

    [Theory]
    [InlineData(ProtocolVersion.V311)]
    [InlineData(ProtocolVersion.V5)]
    [Statement("MQTT-2.2.1-4", "MQTT-4.3.2-1", "MQTT-4.9.0-2", "v4:2.3.1-4")]
    public async Task P_C7_no_identifier_in_flight_is_used_again_and_with_none_free_the_message_waits(ProtocolVersion version)
    {
        const int Identifiers = 65_535;
        const int More = 7;
        await using TestBroker broker = await TestBroker.StartAsync(
            Link.Tcp,
            static options =>
            {
                options.Limits.MaxInflight = Identifiers;
                options.Limits.MaxQueuedMessages = int.MaxValue;
                options.Limits.MaxQueuedBytes = long.MaxValue;
            });
        WireClient publisher = await broker.ConnectAsync("publisher", version);
        WireClient subscriber = await broker.ConnectAsync("subscriber", version);
        await subscriber.SubscribeAsync("t", QoS.AtLeastOnce);
        Task publishing = Task.Run(async () =>
        {
            const int Burst = 1000;
            for (int sent = 0; sent < Identifiers + More; sent += Burst)
            {
                int count = Math.Min(Burst, Identifiers + More - sent);
                byte[][] packets = [.. Enumerable.Range(1, count).Select(id => PacketCodec.Encode(new PublishPacket { Topic = "t", QoS = QoS.AtLeastOnce, PacketId = (ushort)id }, version))];
                await publisher.SendAsync([.. packets.SelectMany(static bytes => bytes)]);
                for (int i = 0; i < count; i++) await publisher.ReceiveAsync<PubAckPacket>();
            }
        });
        var ids = new HashSet<ushort>();
        for (int i = 0; i < Identifiers; i++) Assert.True(ids.Add((await subscriber.ReceiveAsync<PublishPacket>()).PacketId));
        Assert.DoesNotContain((ushort)0, ids);
        await publishing;
        await subscriber.ExpectNothingMoreFromAsync(publisher);
        ushort[] free = [40_000, 7, 65_535, 1, 12_345, 12_346, 2];
        foreach (ushort id in free)
        {
            await subscriber.SendAsync(new PubAckPacket { PacketId = id });
            Assert.Equal(id, (await subscriber.ReceiveAsync<PublishPacket>()).PacketId);
        }

        await subscriber.ExpectNothingMoreAsync();
    }

    private static async Task FinishAsync(WireClient subscriber, QoS qos, ushort id)
    {
        if (qos == QoS.AtLeastOnce)
        {
            await subscriber.SendAsync(new PubAckPacket { PacketId = id });
            return;
        }

        await subscriber.SendAsync(new PubRecPacket { PacketId = id });
        await subscriber.ExpectAsync(new PubRelPacket { PacketId = id });
        await subscriber.SendAsync(new PubCompPacket { PacketId = id });
    }

    /// <summary>Answers the first question about a publish when the test says so.</summary>
    private sealed class Slow : BaseTopicPlugin
    {
        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override async ValueTask<Decision> FilterTopicAsync(TopicContext context)
        {
            Asked.TrySetResult();
            await Answer.Task;
            return Decision.Allow;
        }
    }
}
