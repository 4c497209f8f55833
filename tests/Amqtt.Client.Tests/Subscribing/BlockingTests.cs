using Amqtt.Client.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Client.Tests.Subscribing;

/// <summary>Code of the program that blocks the thread it is given: it holds up nothing that it waits for.</summary>
public sealed class BlockingTests
{
    [Fact]
    public async Task A_handler_may_block_until_what_it_publishes_is_acknowledged()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync();
        var done = new TaskCompletionSource();
        await SubscribeAsync(client, wire, "a", (_, cancel) =>
        {
            Block(client.PublishAsync("b", "from inside", QoS.AtLeastOnce, cancellationToken: cancel).AsTask());
            done.SetResult();
            return default;
        });
        await wire.SendAsync(new PublishPacket { Topic = "a" });
        await wire.SendAsync(new PubAckPacket { PacketId = (await wire.ExpectPublishAsync("b", "from inside")).PacketId });
        await done.Task.Soon();
    }

    [Theory]
    [InlineData("waiting", "waited for")]
    [InlineData("waited for", "waiting")]
    public async Task Handlers_of_messages_that_came_together_may_wait_for_each_other(string first, string second)
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync();
        var (waitedFor, done) = (new TaskCompletionSource(), new TaskCompletionSource());
        await SubscribeAsync(client, wire, "waiting", (_, _) =>
        {
            Block(waitedFor.Task);
            done.SetResult();
            return default;
        });
        await SubscribeAsync(client, wire, "waited for", (_, _) =>
        {
            waitedFor.SetResult();
            return default;
        });
        await wire.SendAsync(Together(new PublishPacket { Topic = first }, new PublishPacket { Topic = second }));
        await done.Task.Soon();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_follows_a_publish_may_block_until_another_one_is_acknowledged(bool inOrder)
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync();
        var second = new TaskCompletionSource<Task>();
        var first = BlockAfterAsync(client.PublishAsync("a", "1", QoS.AtLeastOnce), second.Task);
        second.SetResult(client.PublishAsync("a", "2", QoS.AtLeastOnce).AsTask());
        var one = new PubAckPacket { PacketId = (await wire.ExpectPublishAsync("a", "1")).PacketId };
        var two = new PubAckPacket { PacketId = (await wire.ExpectPublishAsync("a", "2")).PacketId };
        await wire.SendAsync(inOrder ? Together(one, two) : Together(two, one));
        await first.Soon();

        static async Task BlockAfterAsync(ValueTask<PublishResult> publish, Task<Task> other)
        {
            await publish;
            Block(other.Unwrap());
        }
    }

    [Fact]
    public async Task What_is_acknowledged_right_before_the_end_of_the_connection_is_acknowledged()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync();
        var publishing = client.PublishAsync("a", "1", QoS.AtLeastOnce);
        var acknowledged = new PubAckPacket { PacketId = (await wire.ExpectPublishAsync("a", "1")).PacketId };
        await wire.SendAsync([.. Together(acknowledged), .. Together(PingReqPacket.Instance)]); // which a broker must not send
        await publishing.Soon();
    }

    private static byte[] Together(params MqttPacket[] packets) => [.. packets.SelectMany(static packet => PacketCodec.Encode(packet, ProtocolVersion.V5))];

    private static async Task SubscribeAsync(MqttClient client, WireClient wire, string filter, Func<ReceivedMessage, CancellationToken, ValueTask> handler)
    {
        var subscribing = client.SubscribeAsync(filter, handler);
        await wire.SendAsync(new SubAckPacket { PacketId = (await wire.ReceiveAsync<SubscribePacket>()).PacketId, Reasons = [ReasonCode.Success] });
        await subscribing.Soon();
    }

#pragma warning disable VSTHRD002, xUnit1031 // to block is what is tested
    private static void Block(Task task) => task.Wait(TestContext.Current.CancellationToken);
#pragma warning restore VSTHRD002, xUnit1031
}
