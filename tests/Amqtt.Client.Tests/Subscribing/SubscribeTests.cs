using System.Threading.Channels;
using Amqtt.Client.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Client.Tests.Subscribing;

/// <summary>Streams, handlers, acknowledgements: P-D10 and section 4.3 of the standard.</summary>
public sealed class SubscribeTests
{
    [Fact]
    public async Task A_stream_yields_its_messages_and_acknowledges_each_when_the_next_is_asked_for()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync();
        var subscription = await SubscribeAsync(client, wire, "a/+", QoS.AtLeastOnce);
        await SendAsync(wire, "a/b", 1, QoS.AtLeastOnce);
        await SendAsync(wire, "a/c", 2, QoS.AtLeastOnce);
        await using var stream = subscription.GetAsyncEnumerator();
        var first = await stream.NextAsync();
        Assert.Equal(("a/b", "1", QoS.AtLeastOnce), (first.Topic, first.Text, first.QoS));
        await NothingComes(client, wire);
        await stream.NextAsync();
        Assert.Equal(1, (await wire.ReceiveAsync<PubAckPacket>()).PacketId);
    }

    [Fact]
    public async Task Pairs_get_one_code_each_and_their_messages_are_delivered()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync();
        var subscribing = client.SubscribeAsync([("a", QoS.AtMostOnce), ("b", QoS.ExactlyOnce)]);
        var subscribe = await wire.ReceiveAsync<SubscribePacket>();
        await wire.SendAsync(new SubAckPacket { PacketId = subscribe.PacketId, Reasons = [ReasonCode.Success, ReasonCode.UnspecifiedError] });
        Assert.Equal([ReasonCode.Success, ReasonCode.UnspecifiedError], await subscribing.Soon());
        await Assert.ThrowsAsync<TimeoutException>(() => broker.PassTimeUntilAsync(client.DeliverMessageAsync(TimeSpan.FromSeconds(1))));
        await SendAsync(wire, "a", 7, QoS.AtLeastOnce);
        Assert.Equal("7", (await client.DeliverMessageAsync().Soon())!.Text);
        Assert.Equal(7, (await wire.ReceiveAsync<PubAckPacket>()).PacketId);
    }

    [Fact]
    public async Task A_refused_subscription_is_an_exception()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync();
        var subscribing = client.SubscribeAsync("a");
        var subscribe = await wire.ReceiveAsync<SubscribePacket>();
        await wire.SendAsync(new SubAckPacket { PacketId = subscribe.PacketId, Reasons = [ReasonCode.NotAuthorized] });
        await Assert.ThrowsAsync<ClientException>(() => subscribing.Soon());
        await Assert.ThrowsAsync<ClientException>(() => client.SubscribeAsync("a/#/b"));
    }

    [Fact]
    public async Task A_message_is_acknowledged_after_its_handler_and_not_if_it_fails()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync();
        var gate = new TaskCompletionSource();
        await SubscribeAsync(client, wire, "a", QoS.AtLeastOnce, async (message, _) =>
        {
            if (message.Text == "1")
                await gate.Task;
            if (message.Text == "2")
                throw new InvalidOperationException("broken");
        });
        await SendAsync(wire, "a", 1, QoS.AtLeastOnce);
        await SendAsync(wire, "a", 2, QoS.AtLeastOnce);
        await SendAsync(wire, "a", 3, QoS.AtLeastOnce);
        await NothingComes(client, wire);
        gate.SetResult();
        Assert.Equal(1, (await wire.ReceiveAsync<PubAckPacket>()).PacketId);
        Assert.Equal(3, (await wire.ReceiveAsync<PubAckPacket>()).PacketId);
        Assert.Contains(broker.Log.Lines, line => line.Text.Contains("broken", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Acknowledgements_go_out_in_the_order_of_the_messages()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync();
        var arrived = Channel.CreateUnbounded<ReceivedMessage>();
        await SubscribeAsync(client, wire, "a", QoS.ExactlyOnce, (message, cancel) => arrived.Writer.WriteAsync(message, cancel), new() { Acknowledge = AcknowledgeMode.Manual, Concurrency = 3 });
        for (ushort id = 1; id <= 3; id++)
            await SendAsync(wire, "a", id, QoS.ExactlyOnce);
        var messages = new Dictionary<string, ReceivedMessage>(StringComparer.Ordinal);
        while (messages.Count < 3)
        {
            var message = await arrived.Reader.ReadAsync().Soon();
            messages.Add(message.Text, message);
        }

        messages["3"].Acknowledge();
        messages["2"].Acknowledge();
        messages["2"].Acknowledge();
        await NothingComes(client, wire);
        messages["1"].Acknowledge();
        for (ushort id = 1; id <= 3; id++)
            Assert.Equal(id, (await wire.ReceiveAsync<PubRecPacket>()).PacketId);
        await wire.SendAsync(new PubRelPacket { PacketId = 2 });
        Assert.Equal(2, (await wire.ReceiveAsync<PubCompPacket>()).PacketId);
    }

    [Fact]
    public async Task A_message_of_qos_2_is_delivered_once_over_reconnects()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync(options => options.ReconnectMaxInterval = TimeSpan.FromMilliseconds(1));
        var arrived = Channel.CreateUnbounded<ReceivedMessage>();
        await SubscribeAsync(client, wire, "a", QoS.ExactlyOnce, (message, cancel) => arrived.Writer.WriteAsync(message, cancel), new() { Acknowledge = AcknowledgeMode.Manual });
        await SendAsync(wire, "a", 1, QoS.ExactlyOnce);
        await SendAsync(wire, "a", 2, QoS.ExactlyOnce);
        (await arrived.Reader.ReadAsync().Soon()).Acknowledge();
        var open = await arrived.Reader.ReadAsync().Soon();
        Assert.Equal(1, (await wire.ReceiveAsync<PubRecPacket>()).PacketId);
        await wire.DisposeAsync();

        wire = await broker.PassTimeUntilAsync(broker.AcceptAsync(new() { SessionPresent = true }));
        await SendAsync(wire, "a", 1, QoS.ExactlyOnce, dup: true);
        Assert.Equal(1, (await wire.ReceiveAsync<PubRecPacket>()).PacketId);
        await SendAsync(wire, "a", 2, QoS.ExactlyOnce, dup: true);
        await NothingComes(client, wire);
        open.Acknowledge();
        Assert.Equal(2, (await wire.ReceiveAsync<PubRecPacket>()).PacketId);
        await wire.SendAsync(new PubRelPacket { PacketId = 1 });
        await wire.ReceiveAsync<PubCompPacket>();
        Assert.False(arrived.Reader.TryRead(out _));
    }

    [Fact]
    public async Task Handlers_may_publish_subscribe_and_request()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync();
        var done = new TaskCompletionSource();
        await SubscribeAsync(client, wire, "a", QoS.AtMostOnce, async (message, cancel) =>
        {
            await client.PublishAsync("b", "from inside", QoS.ExactlyOnce, cancellationToken: cancel);
            await client.PingAsync(cancellationToken: cancel);
            done.SetResult();
        });
        await SendAsync(wire, "a", 0, QoS.AtMostOnce);
        await wire.ExpectPublishAsync("b", "from inside");
        await wire.ReceiveAsync<PingReqPacket>();
        await wire.SendAsync(PingRespPacket.Instance);
        await done.Task.Soon();
    }

    [Fact]
    public async Task A_handler_works_on_as_many_messages_at_a_time_as_it_wants()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync();
        var all = new CountdownEvent(3);
        var together = new TaskCompletionSource();
        await SubscribeAsync(client, wire, "a", QoS.AtMostOnce, async (_, _) =>
        {
            if (all.Signal())
                together.SetResult();
            await together.Task;
        }, new() { Concurrency = 3 });
        for (var i = 0; i < 3; i++)
            await SendAsync(wire, "a", 0, QoS.AtMostOnce);
        await together.Task.Soon();
        all.Dispose();
    }

    [Fact]
    public async Task Every_subscription_that_matches_gets_the_message_and_it_is_acknowledged_once()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync();
        var one = await SubscribeAsync(client, wire, "a/+", QoS.AtLeastOnce);
        var all = await SubscribeAsync(client, wire, "#", QoS.AtLeastOnce);
        await SendAsync(wire, "a/b", 9, QoS.AtLeastOnce);
        var first = one.GetAsyncEnumerator();
        var second = all.GetAsyncEnumerator();
        await first.NextAsync();
        await second.NextAsync();
        var firstEnd = first.MoveNextAsync().AsTask();
        await NothingComes(client, wire);
        var secondEnd = second.MoveNextAsync().AsTask();
        Assert.Equal(9, (await wire.ReceiveAsync<PubAckPacket>()).PacketId);
        await NothingComes(client, wire);
        var ended = client.DisconnectAsync();
        await wire.ReceiveAsync<DisconnectPacket>();
        await wire.DisposeAsync();
        await ended.Soon();
        Assert.False(await firstEnd.Soon() || await secondEnd.Soon());
    }

    [Fact]
    public async Task Disposing_a_subscription_unsubscribes_and_ends_its_stream()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync();
        var subscription = await SubscribeAsync(client, wire, "a", QoS.AtMostOnce);
        await using var stream = subscription.GetAsyncEnumerator();
        var reading = stream.MoveNextAsync().AsTask();
        var disposing = subscription.DisposeAsync().AsTask();
        var unsubscribe = await wire.ReceiveAsync<UnsubscribePacket>();
        Assert.Equal(["a"], unsubscribe.Filters);
        await wire.SendAsync(new UnsubAckPacket { PacketId = unsubscribe.PacketId, Reasons = [ReasonCode.Success] });
        await disposing.Soon();
        Assert.False(await reading.Soon());
    }

    [Fact]
    public async Task Nobody_reads_so_qos_0_is_dropped_and_qos_1_ends_the_connection()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync(options =>
        {
            options.MaxUnreadMessages = 2;
            options.AutoReconnect = false;
        });
        for (var i = 0; i < 4; i++)
            await SendAsync(wire, "a", 0, QoS.AtMostOnce);
        var ping = client.PingAsync();
        await wire.ReceiveAsync<PingReqPacket>();
        await wire.SendAsync(PingRespPacket.Instance);
        await ping.Soon();
        Assert.Equal(2, client.UnreadMessages);
        await SendAsync(wire, "a", 1, QoS.AtLeastOnce);
        Assert.Equal(ReasonCode.QuotaExceeded, (await wire.ReceiveAsync<DisconnectPacket>()).Reason);
        await client.Entered(ClientState.Disconnected);
    }

    [Fact]
    public async Task Topic_aliases_of_the_broker_are_understood()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync();
        await wire.SendAsync(new PublishPacket { Topic = "long/name", Payload = "1"u8.ToArray(), Properties = new() { TopicAlias = 3 } });
        await wire.SendAsync(new PublishPacket { Topic = "", Payload = "2"u8.ToArray(), Properties = new() { TopicAlias = 3 } });
        Assert.Equal("long/name", (await client.DeliverMessageAsync().Soon())!.Topic);
        var second = (await client.DeliverMessageAsync().Soon())!;
        Assert.Equal(("long/name", "2"), (second.Topic, second.Text));
    }

    private static async Task<MqttSubscription> SubscribeAsync(
        MqttClient client, WireClient wire, string filter, QoS qos, Func<ReceivedMessage, CancellationToken, ValueTask>? handler = null, SubscribeOptions? options = null)
    {
        var subscribing = client.SubscribeAsync(filter, handler, qos, options);
        var subscribe = await wire.ReceiveAsync<SubscribePacket>();
        await wire.SendAsync(new SubAckPacket { PacketId = subscribe.PacketId, Reasons = [(ReasonCode)qos] });
        return await subscribing.Soon();
    }

    private static Task SendAsync(WireClient wire, string topic, ushort id, QoS qos, bool dup = false) =>
        wire.SendAsync(new PublishPacket { Topic = topic, PacketId = id, QoS = qos, Dup = dup, Payload = System.Text.Encoding.UTF8.GetBytes($"{id}") });

    // The client reads in order, so everything before the answer has been handled; and it writes in order.
    private static async Task NothingComes(MqttClient client, WireClient wire)
    {
        var ping = client.PingAsync();
        await wire.ReceiveAsync<PingReqPacket>();
        await wire.SendAsync(PingRespPacket.Instance);
        await ping.Soon();
    }
}
