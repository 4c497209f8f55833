using System.Buffers;
using System.Text;
using Amqtt.Client.Configuration;
using Amqtt.Client.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Client.Tests.Publishing;

/// <summary>P-D4, P-D9, flow control, limits of the broker, aliases.</summary>
public sealed class PublishTests
{
    [Theory]
    [InlineData(ProtocolVersion.V311)]
    [InlineData(ProtocolVersion.V5)]
    public async Task Each_qos_runs_to_its_end_and_hands_back_its_packets(ProtocolVersion version)
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync(options => options.ProtocolVersion = version);
        var zero = await client.PublishAsync("t", "0").Soon();
        await wire.ExpectPublishAsync("t", "0");
        Assert.Null(zero.PubAck);

        var publishing = client.PublishAsync("t", "1", QoS.AtLeastOnce).AsTask();
        await wire.ExpectPublishAsync("t", "1");
        var one = await publishing.Soon();
        Assert.Equal((one.PacketId, one.PacketId), (one.Publish.PacketId, one.PubAck!.PacketId));

        publishing = client.PublishAsync("t", "2", QoS.ExactlyOnce, retain: true).AsTask();
        Assert.True((await wire.ExpectPublishAsync("t", "2")).Retain);
        var two = await publishing.Soon();
        Assert.Equal((two.PacketId, two.PacketId, two.PacketId), (two.PubRec!.PacketId, two.PubRel!.PacketId, two.PubComp!.PacketId));
    }

    [Fact]
    public async Task Payloads_come_in_every_form()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync();
        await client.PublishAsync("t", new byte[] { 65 });
        await client.PublishAsync("t", "B");
        await client.PublishAsync("t", new ReadOnlySequence<byte>(new byte[] { 67 }));
        await client.PublishAsync("t", output => output.Write("D"u8));
        foreach (var expected in new[] { "A", "B", "C", "D" })
            await wire.ExpectPublishAsync("t", expected);
    }

    [Fact]
    public async Task Publishing_waits_for_the_receive_maximum_of_the_broker()
    {
        await using var broker = new ScriptedBroker();
        var client = broker.Client();
        var wire = await broker.ConnectAsync(client, new() { ReceiveMaximum = 2 });
        var publishes = Enumerable.Range(0, 4).Select(i => client.PublishAsync("t", $"{i}", QoS.AtLeastOnce).AsTask()).ToArray();
        var first = await wire.ReceiveAsync<PublishPacket>();
        await wire.ReceiveAsync<PublishPacket>();
        // QoS 0 keeps its place in the line; what is no message does not wait.
        var ping = client.PingAsync();
        await wire.ReceiveAsync<PingReqPacket>();
        await wire.SendAsync(PingRespPacket.Instance);
        await ping.Soon();
        await wire.SendAsync(new PubAckPacket { PacketId = first.PacketId });
        Assert.Equal("2", Encoding.UTF8.GetString((await wire.ReceiveAsync<PublishPacket>()).Payload.Span));
        await publishes[0].Soon();
        Assert.False(publishes[3].IsCompleted);
    }

    [Fact]
    public async Task The_time_out_covers_the_whole_flow_and_the_message_stays()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync(options => options.ReconnectMaxInterval = TimeSpan.FromMilliseconds(1));
        var payload = "once"u8.ToArray();
        var publishing = client.PublishAsync("t", payload, QoS.AtLeastOnce, options: new() { AckTimeout = TimeSpan.FromSeconds(5) }).AsTask();
        await wire.ReceiveAsync<PublishPacket>();
        broker.Time.Advance(TimeSpan.FromSeconds(5));
        await Assert.ThrowsAsync<TimeoutException>(() => publishing.Soon());
        // The memory is the program's again.
        payload.AsSpan().Clear();
        await wire.DisposeAsync();
        wire = await broker.PassTimeUntilAsync(broker.AcceptAsync(new() { SessionPresent = true }));
        await wire.ExpectPublishAsync("t", "once");
    }

    [Fact]
    public async Task A_cancelled_message_that_waits_is_not_sent()
    {
        await using var broker = new ScriptedBroker();
        var client = broker.Client();
        var wire = await broker.ConnectAsync(client, new() { ReceiveMaximum = 1 });
        var first = client.PublishAsync("t", "first", QoS.AtLeastOnce).AsTask();
        using var cancel = new CancellationTokenSource();
        var second = client.PublishAsync("t", "second", QoS.AtLeastOnce, cancellationToken: cancel.Token).AsTask();
        var third = client.PublishAsync("t", "third", QoS.AtLeastOnce).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.Soon());
        await wire.ExpectPublishAsync("t", "first");
        await wire.ExpectPublishAsync("t", "third");
        await Task.WhenAll(first, third).Soon();
    }

    [Fact]
    public async Task What_is_wrong_with_a_publish_is_said()
    {
        await using var broker = new ScriptedBroker();
        var client = broker.Client();
        var wire = await broker.ConnectAsync(client, new() { MaximumPacketSize = 40, MaximumQoS = QoS.AtLeastOnce, RetainAvailable = false });
        await Assert.ThrowsAsync<MqttException>(() => client.PublishAsync("a/+", "x").AsTask());
        await Assert.ThrowsAsync<ClientException>(() => client.PublishAsync("a", "x", (QoS)3).AsTask());
        await Assert.ThrowsAsync<ClientException>(() => client.PublishAsync("a", new byte[40]).AsTask());
        await Assert.ThrowsAsync<ClientException>(() => client.PublishAsync("a", new byte[40], QoS.AtLeastOnce).AsTask());
        await Assert.ThrowsAsync<ClientException>(() => client.PublishAsync("a", "x", QoS.ExactlyOnce).AsTask());
        await Assert.ThrowsAsync<ClientException>(() => client.PublishAsync("a", "x", retain: true).AsTask());
        await client.PublishAsync("a", "goes on");
        await wire.ExpectPublishAsync("a", "goes on");
    }

    [Theory]
    [InlineData(QoS.AtLeastOnce)]
    [InlineData(QoS.ExactlyOnce)]
    public async Task A_refusal_is_an_exception_with_its_reason(QoS qos)
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync();
        var publishing = client.PublishAsync("t", "x", qos).AsTask();
        var id = (await wire.ReceiveAsync<PublishPacket>()).PacketId;
        var properties = new MqttProperties { ReasonString = "not here" };
        await wire.SendAsync(qos == QoS.AtLeastOnce
            ? new PubAckPacket { PacketId = id, Reason = ReasonCode.NotAuthorized, Properties = properties }
            : new PubRecPacket { PacketId = id, Reason = ReasonCode.NotAuthorized, Properties = properties });
        var error = await Assert.ThrowsAsync<PublishRefusedException>(() => publishing.Soon());
        Assert.Equal((ReasonCode.NotAuthorized, "not here"), (error.Reason, error.Properties.ReasonString));
    }

    [Fact]
    public async Task Qos_and_retain_come_from_argument_topic_and_defaults_in_this_order()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync(options =>
        {
            options.DefaultQos = 1;
            options.DefaultRetain = true;
            options.Topics["own"] = new() { Qos = 0 };
            options.Topics["quiet"] = new() { Retain = false };
        });
        (string Topic, QoS? QoS, bool? Retain, QoS ThenQoS, bool ThenRetain)[] cases =
        [
            ("other", null, null, QoS.AtLeastOnce, true),
            ("own", null, null, QoS.AtMostOnce, true),
            ("quiet", null, null, QoS.AtLeastOnce, false),
            ("own", QoS.AtLeastOnce, false, QoS.AtLeastOnce, false),
            ("other", null, false, QoS.AtLeastOnce, false),
        ];
        foreach (var (topic, qos, retain, thenQoS, thenRetain) in cases)
        {
            var publishing = client.PublishAsync(topic, "x", qos, retain).AsTask();
            var packet = await wire.ReceivePublishAsync();
            Assert.Equal((thenQoS, thenRetain), (packet.QoS, packet.Retain));
            await publishing.Soon();
        }
    }

    [Fact]
    public async Task A_topic_that_is_used_often_gets_an_alias()
    {
        await using var broker = new ScriptedBroker();
        var client = broker.Client();
        var wire = await broker.ConnectAsync(client, new() { TopicAliasMaximum = 1 });
        List<(string, ushort?)> came = [];
        foreach (var topic in new[] { "often", "often", "often", "often", "rare", "rare", "rare", "rare" })
        {
            await client.PublishAsync(topic, "x");
            var packet = await wire.ReceiveAsync<PublishPacket>();
            came.Add((packet.Topic, packet.Properties.TopicAlias));
        }

        Assert.Equal([("often", null), ("often", null), ("often", 1), ("", 1), ("rare", null), ("rare", null), ("rare", null), ("rare", null)], came);
    }

    [Fact]
    public async Task Properties_reach_the_wire()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync();
        var properties = new MqttProperties { MessageExpiryInterval = 60, ContentType = "text/plain", UserProperties = [new("a", "1"), new("a", "2")] };
        await client.PublishAsync("t", "x", options: new() { Properties = properties });
        await wire.ExpectAsync(new PublishPacket { Topic = "t", Payload = "x"u8.ToArray(), Properties = properties });
    }

    [Fact]
    public async Task Many_publishers_share_one_client()
    {
        await using var broker = new ScriptedBroker();
        var client = broker.Client(options => options.ProtocolVersion = ProtocolVersion.V311);
        var wire = await broker.ConnectAsync(client);
        const int publishers = 8, each = 50;
        var publishing = Enumerable.Range(0, publishers).Select(p => Task.Run(async () =>
        {
            for (var i = 0; i < each; i++)
                await client.PublishAsync($"t/{p}", $"{i}", (QoS)(i % 3));
        })).ToArray();
        var next = new int[publishers];
        var released = 0;
        for (var left = publishers * each; left > 0 || released < publishers * (each / 3);)
        {
            switch (await wire.ReceiveAsync())
            {
                case PublishPacket publish:
                    left--;
                    var p = int.Parse(publish.Topic.AsSpan(2));
                    Assert.Equal($"{next[p]++}", Encoding.UTF8.GetString(publish.Payload.Span));
                    if (publish.QoS != QoS.AtMostOnce)
                        await wire.SendAsync(publish.QoS == QoS.AtLeastOnce ? new PubAckPacket { PacketId = publish.PacketId } : new PubRecPacket { PacketId = publish.PacketId });
                    break;
                case PubRelPacket release:
                    released++;
                    await wire.SendAsync(new PubCompPacket { PacketId = release.PacketId });
                    break;
            }
        }

        await Task.WhenAll(publishing).Soon();
    }

    [Fact]
    public async Task A_publisher_waits_for_a_broker_that_does_not_read()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync(options => options.WhenDisconnected = DisconnectedBehavior.Fail);
        var payload = new byte[64 * 1024];
        // More than sockets and the client's own buffer hold.
        var publishing = Task.Run(async () =>
        {
            for (var i = 0; i < 2000; i++)
                await client.PublishAsync("t", payload);
        });
        Assert.NotEqual(publishing, await Task.WhenAny(publishing, Task.Delay(500)));
        for (var i = 0; i < 2000; i++)
            await wire.ReceiveAsync<PublishPacket>();
        await publishing.Soon();
    }
}
