using Amqtt.Client.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Client.Tests.Requests;

public sealed class RequestTests
{
    [Fact]
    public async Task An_answer_finds_its_request_whatever_the_order()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync();
        var one = client.RequestAsync("service", "1"u8.ToArray());
        var subscribe = await wire.ReceiveAsync<SubscribePacket>();
        await wire.SendAsync(new SubAckPacket { PacketId = subscribe.PacketId, Reasons = [ReasonCode.GrantedQoS1] });
        var first = await wire.ReceiveAsync<PublishPacket>();
        var two = client.RequestAsync("service", "2"u8.ToArray());
        var second = await wire.ReceiveAsync<PublishPacket>();
        Assert.Equal(subscribe.Subscriptions[0].Filter, first.Properties.ResponseTopic);
        foreach (var request in new[] { second, first })
        {
            await wire.SendAsync(new PublishPacket
            {
                Topic = request.Properties.ResponseTopic!,
                Payload = request.Payload,
                Properties = new() { CorrelationData = request.Properties.CorrelationData },
            });
        }

        Assert.Equal("1", (await one.Soon()).Text);
        Assert.Equal("2", (await two.Soon()).Text);
    }

    [Fact]
    public async Task No_answer_is_a_time_out()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync();
        var request = client.RequestAsync("service", default, TimeSpan.FromSeconds(3));
        var subscribe = await wire.ReceiveAsync<SubscribePacket>();
        await wire.SendAsync(new SubAckPacket { PacketId = subscribe.PacketId, Reasons = [ReasonCode.GrantedQoS1] });
        await wire.ReceiveAsync<PublishPacket>();
        broker.Time.Advance(TimeSpan.FromSeconds(3));
        await Assert.ThrowsAsync<TimeoutException>(() => request.Soon());
    }

    [Fact]
    public async Task Before_5_there_are_no_requests()
    {
        await using var broker = new ScriptedBroker();
        var client = broker.Client(options => options.ProtocolVersion = ProtocolVersion.V311);
        await Assert.ThrowsAsync<ClientException>(() => client.RequestAsync("service", default));
    }
}
