using System.Text;
using Amqtt.Broker.Configuration;
using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Limits;

/// <summary>What waits for a client, in its queue, its window and its output: at each limit and one beyond.</summary>
public sealed class QueueLimitTests
{
    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task Max_queued_messages_drops_the_newest(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link, static options => options.Limits.MaxQueuedMessages = 3);
        await LeaveAsync(broker, version);
        await PublishAsync(broker, version, 4);
        Assert.Equal(1, broker.Dropped("queue_full"));
        await ExpectQueuedAsync(broker, version, "1", "2", "3");
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task Drop_oldest_keeps_the_newest(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link, static options =>
        {
            options.Limits.MaxQueuedMessages = 3;
            options.Limits.QueueOverflow = QueueOverflow.DropOldest;
        });
        await LeaveAsync(broker, version);
        await PublishAsync(broker, version, 4);
        Assert.Equal(1, broker.Dropped("queue_full"));
        await ExpectQueuedAsync(broker, version, "2", "3", "4");
    }

    [Theory]
    [InlineData(QueueOverflow.DropQos0ThenNewest)]
    [InlineData(QueueOverflow.DropOldest)]
    public async Task Max_queued_bytes_counts_each_message_with_an_allowance(QueueOverflow overflow)
    {
        // Topic of 1, payload of 1 and 128 for keeping it.
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(Link.Tcp, options =>
        {
            options.Limits.MaxQueuedBytes = 2 * (1 + 1 + 128);
            options.Limits.QueueOverflow = overflow;
        });
        await LeaveAsync(broker, ProtocolVersion.V5);
        WireClient publisher = await broker.ConnectAsync("p", ProtocolVersion.V5);
        await publisher.PublishAsync("t", "1", QoS.AtLeastOnce);
        await publisher.PublishAsync("t", "2", QoS.AtLeastOnce);
        await publisher.PublishAsync("t", new byte[1000], QoS.AtLeastOnce); // larger than the queue: nothing has to go for it
        await ExpectQueuedAsync(broker, ProtocolVersion.V5, "1", "2");

        await PublishAsync(broker, ProtocolVersion.V5, 3);
        Assert.Equal(2, broker.Dropped("queue_full"));
        await ExpectQueuedAsync(broker, ProtocolVersion.V5, overflow == QueueOverflow.DropOldest ? ["2", "3"] : ["1", "2"]);
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task Queue_overflow_can_disconnect(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link, static options =>
        {
            options.Limits.MaxInflight = 1;
            options.Limits.MaxQueuedMessages = 2;
            options.Limits.QueueOverflow = QueueOverflow.Disconnect;
        });
        WireClient subscriber = await broker.ConnectAsync("s", version);
        await subscriber.SubscribeAsync("t", QoS.AtLeastOnce);
        WireClient publisher = await broker.ConnectAsync("p", version);
        Task publishing = PublishAsync(publisher, 4);
        // The receiver has a quarter of a second to catch up before anything overflows.
        while (!publishing.IsCompleted)
        {
            broker.Time.Advance(TimeSpan.FromMilliseconds(250));
            await Task.WhenAny(publishing, Task.Delay(1));
        }

        await publishing;
        await subscriber.ReceiveAsync<PublishPacket>();
        if (version == ProtocolVersion.V5) Assert.Equal(ReasonCode.QuotaExceeded, (await subscriber.ReceiveAsync<DisconnectPacket>()).Reason);
        await subscriber.ExpectClosedAsync();
        Assert.Equal(1, broker.Refusals("queue_overflow"));
        await publisher.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task Max_inflight_and_the_clients_receive_maximum(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link, static options => options.Limits.MaxInflight = 3);
        WireClient subscriber = await broker.ConnectAsync("s", version);
        await subscriber.SubscribeAsync("t", QoS.AtLeastOnce);
        WireClient publisher = await broker.ConnectAsync("p", version);
        await PublishAsync(publisher, 5);
        var first = new List<PublishPacket>();
        for (int i = 0; i < 3; i++) first.Add(await subscriber.ReceiveAsync<PublishPacket>());
        await subscriber.ExpectNothingMoreAsync();
        await subscriber.SendAsync(new PubAckPacket { PacketId = first[0].PacketId });
        Assert.Equal("4", Encoding.UTF8.GetString((await subscriber.ReceiveAsync<PublishPacket>()).Payload.Span));
        await subscriber.ExpectNothingMoreAsync();
        if (version != ProtocolVersion.V5) return;

        WireClient narrow = await broker.ConnectAsync("n", version, properties: new MqttProperties { ReceiveMaximum = 1 });
        await narrow.SubscribeAsync("u", QoS.AtLeastOnce);
        for (int i = 0; i < 2; i++) await publisher.PublishAsync("u", $"{i}", QoS.AtLeastOnce);
        PublishPacket only = await narrow.ReceiveAsync<PublishPacket>();
        await narrow.ExpectNothingMoreAsync();
        await narrow.SendAsync(new PubAckPacket { PacketId = only.PacketId });
        await narrow.ExpectPublishAsync("u", "1");
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task Max_output_bytes_drops_QoS_0_for_who_does_not_read_and_for_nobody_else(Link link)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link, static options => options.Limits.MaxOutputBytes = 64 * 1024);
        WireClient silent = await broker.ConnectAsync("silent"), reader = await broker.ConnectAsync("reader"), publisher = await broker.ConnectAsync("p");
        await silent.SubscribeAsync("t");
        await reader.SubscribeAsync("t");
        byte[] payload = new byte[16 * 1024];
        int sent = 0;
        for (; broker.Dropped("queue_full") < 10; sent++)
        {
            Task publishing = publisher.PublishAsync("t", payload, QoS.AtLeastOnce);
            while (!publishing.IsCompleted)
            {
                broker.Time.Advance(TimeSpan.FromMilliseconds(250));
                await Task.WhenAny(publishing, Task.Delay(1));
            }

            await publishing;
            Assert.Equal(payload.Length, (await reader.ReceivePublishAsync()).Payload.Length);
        }

        for (int i = 0; i < sent - (int)broker.Dropped("queue_full"); i++) await silent.ReceivePublishAsync();
        await silent.ExpectNothingMoreAsync();
        await publisher.PublishAsync("t", "again", QoS.AtLeastOnce);
        await silent.ExpectPublishAsync("t", "again");
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task Output_stall_timeout_cuts_who_takes_nothing(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link, static options => options.Limits.OutputStallTimeout = TimeSpan.FromSeconds(5));
        WireClient silent = await broker.ConnectAsync("silent", version), publisher = await broker.ConnectAsync("p", version);
        await silent.SubscribeAsync("t");
        byte[] payload = new byte[64 * 1024];
        while (broker.Refusals("output_stall_timeout") == 0)
        {
            Task publishing = publisher.PublishAsync("t", payload, QoS.AtLeastOnce);
            while (!publishing.IsCompleted)
            {
                broker.Time.Advance(TimeSpan.FromMilliseconds(250));
                await Task.WhenAny(publishing, Task.Delay(1));
            }

            await publishing;
        }

        await publisher.ExpectNothingMoreAsync();
        Assert.Equal([2], broker.Measure("amqtt.broker.connections").Select(static m => m.Value + 1));
    }

    private static async Task LeaveAsync(TestBroker broker, ProtocolVersion version)
    {
        WireClient subscriber = await ReturnAsync(broker, version);
        await subscriber.SubscribeAsync("t", QoS.AtLeastOnce);
        await subscriber.DisconnectAsync();
    }

    private static async Task ExpectQueuedAsync(TestBroker broker, ProtocolVersion version, params string[] texts)
    {
        WireClient subscriber = await ReturnAsync(broker, version);
        foreach (string text in texts) await subscriber.ExpectPublishAsync("t", text);
        await subscriber.ExpectNothingMoreAsync();
        await subscriber.DisconnectAsync();
    }

    private static Task<WireClient> ReturnAsync(TestBroker broker, ProtocolVersion version) => broker.ConnectAsync(
        "s", version, cleanStart: false, new MqttProperties { SessionExpiryInterval = version == ProtocolVersion.V5 ? 100u : null });

    private static async Task PublishAsync(TestBroker broker, ProtocolVersion version, int count) => await PublishAsync(await broker.ConnectAsync("p", version), count);

    private static async Task PublishAsync(WireClient publisher, int count)
    {
        for (int i = 1; i <= count; i++) await publisher.PublishAsync("t", $"{i}", QoS.AtLeastOnce);
    }
}
