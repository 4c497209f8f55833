using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Deciding;

/// <summary>PF-9: reason codes and texts of a decision reach the wire exactly.</summary>
public sealed class ReasonTests
{
    [Theory]
    [InlineData(ReasonCode.BadUserNameOrPassword, ReasonCode.BadUserNameOrPassword, ConnectReturnCode.BadUserNameOrPassword)]
    [InlineData(ReasonCode.Banned, ReasonCode.Banned, ConnectReturnCode.NotAuthorized)]
    [InlineData(ReasonCode.UseAnotherServer, ReasonCode.UseAnotherServer, ConnectReturnCode.ServerUnavailable)]
    [InlineData(ReasonCode.TopicFilterInvalid, ReasonCode.NotAuthorized, ConnectReturnCode.NotAuthorized)] // which no CONNACK may carry
    [InlineData(null, ReasonCode.NotAuthorized, ConnectReturnCode.NotAuthorized)]
    public async Task CONNACK_carries_code_and_text(ReasonCode? denied, ReasonCode expected, ConnectReturnCode before)
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, new Authenticates(_ => Decision.Deny(denied, "because")));
        (WireClient client, ConnAckPacket answer) = await broker.ConnectAsync(new ConnectPacket { Version = ProtocolVersion.V5, ClientId = "c", CleanStart = true });
        Assert.Equal((expected, "because"), (answer.Reason, answer.Properties.ReasonString));
        await client.ExpectClosedAsync();
        client = await broker.OpenAsync();
        await client.SendAsync(new ConnectPacket { Version = ProtocolVersion.V311, ClientId = "c", CleanStart = true });
        await client.ExpectHexAsync($"20 02 00 {(byte)before:X2}");
        await client.ExpectClosedAsync();
    }

    [Fact]
    public async Task SUBACK_carries_each_code_and_the_first_text()
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, new Filters(static context => context.Topic switch
        {
            "quota" => Decision.Deny(ReasonCode.QuotaExceeded, "too many"),
            "no" => Decision.Deny(text: "not you"),
            "odd" => Decision.Deny(ReasonCode.BadUserNameOrPassword),
            _ => Decision.Allow,
        }));
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        var qos = default(SubscriptionOptions);
        SubscriptionRequest[] requests = [new("yes", qos), new("quota", qos), new("no", qos), new("odd", qos)];
        await client.SendAsync(new SubscribePacket { PacketId = 1, Subscriptions = requests });
        SubAckPacket answer = await client.ReceiveAsync<SubAckPacket>();
        Assert.Equal([ReasonCode.Success, ReasonCode.QuotaExceeded, ReasonCode.NotAuthorized, ReasonCode.NotAuthorized], answer.Reasons);
        Assert.Equal("too many", answer.Properties.ReasonString);
        WireClient older = await broker.ConnectAsync("o");
        await older.SendAsync(new SubscribePacket { PacketId = 1, Subscriptions = requests });
        await older.ExpectHexAsync("90 06 00 01 00 80 80 80");
    }

    [Theory]
    [InlineData(QoS.AtLeastOnce)]
    [InlineData(QoS.ExactlyOnce)]
    public async Task PUBACK_and_PUBREC_carry_code_and_text(QoS qos)
    {
        await using TestBroker broker = await TestBroker.StartAsync(
            Link.Memory, configure: null, new Filters(static _ => Decision.Deny(ReasonCode.QuotaExceeded, "no more today")));
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        await client.SendAsync(new PublishPacket { Topic = "t", QoS = qos, PacketId = 7 });
        MqttPacket answer = await client.ReceiveAsync();
        (ushort id, ReasonCode reason, string? text) = answer switch
        {
            PubAckPacket ack when qos == QoS.AtLeastOnce => (ack.PacketId, ack.Reason, ack.Properties.ReasonString),
            PubRecPacket rec when qos == QoS.ExactlyOnce => (rec.PacketId, rec.Reason, rec.Properties.ReasonString),
            _ => throw new InvalidOperationException(answer.ToString()),
        };
        Assert.Equal((7, ReasonCode.QuotaExceeded, "no more today"), (id, reason, text));
        WireClient older = await broker.ConnectAsync("o");
        await older.SendAsync(new PublishPacket { Topic = "t", QoS = qos, PacketId = 7 });
        await older.ExpectHexAsync(qos == QoS.AtLeastOnce ? "40 02 00 07" : "50 02 00 07"); // P-C27
    }
}
