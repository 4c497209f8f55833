using Amqtt.Client.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing.Golden;

namespace Amqtt.Client.Tests.Hostile;

/// <summary>A broker that sends what it may not: the connection ends with an error, the process and the client do not.</summary>
public sealed class HostileBrokerTests
{
    /// <summary>The packets of the malformed corpus that a server could send, before and after CONNACK.</summary>
    public static TheoryData<string, bool> Malformed()
    {
        var cases = new TheoryData<string, bool>();
        foreach (var packet in GoldenPackets.All.Where(packet => packet.Reason is not null && packet.Sender != PacketSender.Client && packet.Version != ProtocolVersion.V31))
        {
            cases.Add(packet.Name, true);
            cases.Add(packet.Name, false);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task A_malformed_packet_ends_the_connection_with_an_error(string name, bool afterConnAck)
    {
        var golden = GoldenPackets.Find(name);
        await using var broker = new ScriptedBroker();
        var client = broker.Client(options =>
        {
            options.ProtocolVersion = golden.Version;
            options.AutoReconnect = false;
        });
        var connecting = client.ConnectAsync();
        var wire = await broker.AcceptAsync();
        await wire.ReceiveAsync<ConnectPacket>();
        if (!afterConnAck)
        {
            await wire.SendAsync(golden.Wire);
            await wire.DisposeAsync();
            await Assert.ThrowsAsync<ConnectException>(() => connecting.Soon());
            return;
        }

        await wire.SendAsync(new ConnAckPacket());
        await connecting.Soon();
        // Something waits for an answer, so that answers have something to be about.
        var publishing = client.PublishAsync("t", "x", QoS.AtLeastOnce).AsTask();
        var subscribing = client.SubscribeAsync("s");
        await wire.ReceiveAsync<PublishPacket>();
        await wire.ReceiveAsync<SubscribePacket>();
        await wire.SendAsync(golden.Wire);
        // A packet that is cut short is one that goes on: the end of the connection must end it.
        await wire.DisposeAsync();
        await client.Entered(ClientState.Disconnected);
        await Assert.ThrowsAnyAsync<ClientException>(() => publishing.Soon());
        await Assert.ThrowsAnyAsync<ClientException>(() => subscribing.Soon());

        // And the client can be used again.
        await broker.ConnectAsync(client);
        Assert.True(client.IsConnected);
    }

    [Fact]
    public async Task A_broker_that_passes_the_receive_maximum_is_served()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync(options => options.ReceiveMaximum = 1);
        for (ushort id = 1; id <= 100; id++)
            await wire.SendAsync(new PublishPacket { Topic = "q", QoS = QoS.ExactlyOnce, PacketId = id });
        for (ushort id = 1; id <= 100; id++)
        {
            await client.DeliverMessageAsync().Soon();
            Assert.Equal(id, (await wire.ReceiveAsync<PubRecPacket>()).PacketId);
        }
    }

    [Fact]
    public async Task A_broker_with_more_under_way_than_there_are_identifiers_is_cut_off()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync(options =>
        {
            options.AutoReconnect = false;
            options.MaxUnreadMessages = int.MaxValue;
        });
        var message = PacketCodec.Encode(new PublishPacket { Topic = "q", QoS = QoS.AtLeastOnce, PacketId = 1 }, ProtocolVersion.V5);
        await wire.SendAsync(Enumerable.Repeat(message, ushort.MaxValue + 1).SelectMany(static bytes => bytes).ToArray());
        Assert.Equal(ReasonCode.ReceiveMaximumExceeded, (await wire.ReceiveAsync<DisconnectPacket>()).Reason);
        await client.Entered(ClientState.Disconnected);
    }

    public static TheoryData<string> Unexpected => ["CONNACK", "PUBACK of a subscribe", "SUBACK of a publish", "PUBREC of qos 1", "PUBCOMP before PUBREC", "AUTH", "unknown alias", "alias above the maximum", "subscribe"];

    [Theory]
    [MemberData(nameof(Unexpected))]
    public async Task A_packet_out_of_place_ends_the_connection_with_an_error(string what)
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync(options => options.AutoReconnect = false);
        var one = client.PublishAsync("t", "1", QoS.AtLeastOnce).AsTask();
        var two = client.PublishAsync("t", "2", QoS.ExactlyOnce).AsTask();
        var subscribing = client.SubscribeAsync("s");
        var first = (await wire.ReceiveAsync<PublishPacket>()).PacketId;
        var second = (await wire.ReceiveAsync<PublishPacket>()).PacketId;
        var third = (await wire.ReceiveAsync<SubscribePacket>()).PacketId;
        MqttPacket[] packets = what switch
        {
            "CONNACK" => [new ConnAckPacket()],
            "PUBACK of a subscribe" => [new PubAckPacket { PacketId = third }],
            "SUBACK of a publish" => [new SubAckPacket { PacketId = first, Reasons = [ReasonCode.Success] }],
            "PUBREC of qos 1" => [new PubRecPacket { PacketId = first }],
            "PUBCOMP before PUBREC" => [new PubCompPacket { PacketId = second }],
            "AUTH" => [new AuthPacket { Reason = ReasonCode.ContinueAuthentication, Properties = new() { AuthenticationMethod = "m" } }],
            "unknown alias" => [new PublishPacket { Topic = "", Properties = new() { TopicAlias = 1 } }],
            "alias above the maximum" => [new PublishPacket { Topic = "a", Properties = new() { TopicAlias = 17 } }],
            _ => [new SubscribePacket { PacketId = 1, Subscriptions = [new("x", default)] }],
        };
        foreach (var packet in packets)
            await wire.SendAsync(packet);
        var goodbye = await wire.ReceiveAsync<DisconnectPacket>();
        Assert.True(goodbye.Reason.IsError());
        await wire.ExpectClosedAsync();
        await Assert.ThrowsAnyAsync<ClientException>(() => Task.WhenAll(one, two, subscribing).Soon());
        await client.Entered(ClientState.Disconnected);
    }

    [Fact]
    public async Task A_packet_above_the_maximum_is_cut_when_its_header_is_read()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync(options =>
        {
            options.MaximumPacketSize = 1000;
            options.AutoReconnect = false;
        });
        await wire.SendHexAsync("30 FF FF FF 7F");
        Assert.Equal(ReasonCode.PacketTooLarge, (await wire.ReceiveAsync<DisconnectPacket>()).Reason);
        await client.Entered(ClientState.Disconnected);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Random_bytes_end_the_connection_or_nothing(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 60; round++)
        {
            await using var broker = new ScriptedBroker();
            var (client, wire) = await broker.ConnectAsync(options => options.AutoReconnect = false);
            var bytes = new byte[random.Next(1, 400)];
            random.NextBytes(bytes);
            await wire.SendAsync(bytes);
            await wire.DisposeAsync();
            await client.Entered(ClientState.Disconnected);
            Assert.DoesNotContain(broker.Log.Lines, line => line.Text.Contains("   at ", StringComparison.Ordinal));
        }
    }
}
