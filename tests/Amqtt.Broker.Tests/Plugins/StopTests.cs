using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Plugins;

/// <summary>The three ways to stop a packet: the sender always gets its answer, and nobody gets the message.</summary>
public sealed class StopTests
{
    public static TheoryData<string, QoS, ProtocolVersion> Verbs => new MatrixTheoryData<string, QoS, ProtocolVersion>(
        ["Drop", "Refuse", "Disconnect"], [QoS.AtMostOnce, QoS.AtLeastOnce, QoS.ExactlyOnce], [ProtocolVersion.V311, ProtocolVersion.V5]);

    [Theory, MemberData(nameof(Verbs))]
    public async Task PF_12_the_sender_always_gets_its_answer(string verb, QoS qos, ProtocolVersion version)
    {
        var plugin = new TransformPlugin
        {
            Publish = TransformPlugin.Later<PublishContext>(context =>
            {
                if (context.Topic != "stop") return;
                if (verb == "Drop") context.Drop(ReasonCode.NoMatchingSubscribers);
                else if (verb == "Refuse") context.Refuse(ReasonCode.QuotaExceeded, "not today");
                else context.Disconnect(ReasonCode.MessageRateTooHigh, "too fast");
            }),
        };
        await using TestBroker broker = await TestBroker.StartAsync(Link.Tcp, configure: null, plugin);
        WireClient watcher = await broker.ConnectAsync("watcher", ProtocolVersion.V5);
        await watcher.SubscribeAsync("#", QoS.ExactlyOnce);
        WireClient client = await broker.ConnectAsync("c", version);
        await client.SendAsync(new PublishPacket { Topic = "stop", QoS = qos, PacketId = qos == QoS.AtMostOnce ? (ushort)0 : (ushort)7 });

        bool isV5 = version == ProtocolVersion.V5;
        if (verb == "Disconnect")
        {
            if (isV5) await client.ExpectAsync(new DisconnectPacket { Reason = ReasonCode.MessageRateTooHigh, Properties = new() { ReasonString = "too fast" } });
            await client.ExpectClosedAsync();
        }
        else
        {
            ReasonCode reason = !isV5 ? ReasonCode.Success : verb == "Drop" ? ReasonCode.NoMatchingSubscribers : ReasonCode.QuotaExceeded;
            MqttProperties text = isV5 && verb == "Refuse" ? new MqttProperties { ReasonString = "not today" } : MqttProperties.Empty;
            if (qos == QoS.AtLeastOnce) await client.ExpectAsync(new PubAckPacket { PacketId = 7, Reason = reason, Properties = text });
            if (qos == QoS.ExactlyOnce) await client.ExpectAsync(new PubRecPacket { PacketId = 7, Reason = reason, Properties = text });
            if (qos == QoS.ExactlyOnce && !reason.IsError())
            {
                await client.SendAsync(new PubRelPacket { PacketId = 7 });
                await client.ExpectAsync(new PubCompPacket { PacketId = 7 });
            }

            await client.ExpectNothingMoreAsync();
        }

        WireClient another = await broker.ConnectAsync("another", ProtocolVersion.V5);
        await another.PublishAsync("go", "on", qos);
        await watcher.ExpectPublishAsync("go", "on");
        await watcher.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task PF_9_what_a_transform_says_of_a_SUBSCRIBE_or_UNSUBSCRIBE_reaches_the_client(Link link, ProtocolVersion version)
    {
        var plugin = new TransformPlugin
        {
            Subscribe = TransformPlugin.Now<SubscribeContext>(static context =>
            {
                if (context[0].Filter == "refuse") context.Refuse(ReasonCode.QuotaExceeded, "full");
                if (context[0].Filter == "drop") context.Drop(ReasonCode.GrantedQoS1);
                if (context[0].Filter == "one" && context[1] is var second) second.Refuse(ReasonCode.QuotaExceeded, "not this one");
                if (context[0].Filter == "leave") context.Disconnect(ReasonCode.AdministrativeAction, "bye");
            }),
            Unsubscribe = TransformPlugin.Now<UnsubscribeContext>(static context =>
            {
                if (context[0] == "refuse") context.Refuse(ReasonCode.NotAuthorized, "stay");
                if (context[0] == "drop") context.Drop();
                if (context[0] == "one") context.Refuse(1, ReasonCode.NotAuthorized, "keep it");
            }),
        };
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, plugin);
        WireClient client = await broker.ConnectAsync("c", version);
        bool isV5 = version == ProtocolVersion.V5;
        await client.SendAsync(new SubscribePacket { PacketId = 1, Subscriptions = [new("refuse", default), new("b", default)] });
        await client.ExpectAsync(new SubAckPacket
        {
            PacketId = 1,
            Reasons = isV5 ? [ReasonCode.QuotaExceeded, ReasonCode.QuotaExceeded] : [ReasonCode.UnspecifiedError, ReasonCode.UnspecifiedError],
            Properties = Text("full"),
        });
        await client.SendAsync(new SubscribePacket { PacketId = 2, Subscriptions = [new("drop", default)] });
        await client.ExpectAsync(new SubAckPacket { PacketId = 2, Reasons = [ReasonCode.GrantedQoS1] });
        await client.SendAsync(new UnsubscribePacket { PacketId = 3, Filters = ["refuse"] });
        await client.ExpectAsync(new UnsubAckPacket { PacketId = 3, Reasons = isV5 ? [ReasonCode.NotAuthorized] : [], Properties = Text("stay") });
        await client.SendAsync(new UnsubscribePacket { PacketId = 4, Filters = ["drop"] });
        await client.ExpectAsync(new UnsubAckPacket { PacketId = 4, Reasons = isV5 ? [ReasonCode.Success] : [] });
        await client.PublishAsync("drop", "nobody listens");
        await client.SendAsync(new SubscribePacket { PacketId = 6, Subscriptions = [new("one", default), new("two", default)] });
        await client.ExpectAsync(new SubAckPacket { PacketId = 6, Reasons = [ReasonCode.Success, isV5 ? ReasonCode.QuotaExceeded : ReasonCode.UnspecifiedError], Properties = Text("not this one") });
        await client.SendAsync(new UnsubscribePacket { PacketId = 7, Filters = ["one", "two"] });
        await client.ExpectAsync(new UnsubAckPacket { PacketId = 7, Reasons = isV5 ? [ReasonCode.Success, ReasonCode.NotAuthorized] : [], Properties = Text("keep it") });
        await client.SendAsync(new SubscribePacket { PacketId = 5, Subscriptions = [new("leave", default)] });
        if (isV5) await client.ExpectAsync(new DisconnectPacket { Reason = ReasonCode.AdministrativeAction, Properties = Text("bye") });
        await client.ExpectClosedAsync();

        MqttProperties Text(string text) => isV5 ? new MqttProperties { ReasonString = text } : MqttProperties.Empty;
    }

    [Theory]
    [InlineData(ProtocolVersion.V31, ReasonCode.NotAuthorized)]
    [InlineData(ProtocolVersion.V311, ReasonCode.NotAuthorized)]
    [InlineData(ProtocolVersion.V5, ReasonCode.Banned)]
    public async Task PF_9_what_a_transform_says_of_a_CONNECT_reaches_the_client(ProtocolVersion version, ReasonCode expected)
    {
        var plugin = new TransformPlugin { Connect = TransformPlugin.Later<ConnectContext>(static context => context.Refuse(ReasonCode.Banned, "not you")) };
        await using TestBroker broker = await TestBroker.StartAsync(Link.Tcp, configure: null, plugin);
        (WireClient client, ConnAckPacket answer) = await broker.ConnectAsync(new ConnectPacket { Version = version, ClientId = "c", CleanStart = true });
        Assert.Equal((expected, version == ProtocolVersion.V5 ? "not you" : null), (answer.Reason, answer.Properties.ReasonString));
        await client.ExpectClosedAsync();
    }

    [Fact]
    public async Task A_delivery_can_be_dropped_or_cost_its_receiver_the_connection_and_nobody_else_anything()
    {
        var plugin = new TransformPlugin
        {
            Deliver = TransformPlugin.Later<DeliverContext>(static context =>
            {
                if (context.Session.ClientId == "dropped" && context.Topic == "a") context.Drop();
                if (context.Session.ClientId == "cut") context.Disconnect(ReasonCode.QuotaExceeded, "enough");
            }),
        };
        await using TestBroker broker = await TestBroker.StartAsync(Link.Tcp, configure: null, plugin);
        WireClient dropped = await broker.ConnectAsync("dropped", ProtocolVersion.V5);
        WireClient cut = await broker.ConnectAsync("cut", ProtocolVersion.V5);
        WireClient other = await broker.ConnectAsync("other", ProtocolVersion.V5);
        foreach (WireClient client in new[] { dropped, cut, other }) await client.SubscribeAsync("#", QoS.AtLeastOnce);
        Assert.Equal(ReasonCode.Success, await other.PublishAsync("a", "1", QoS.AtLeastOnce));
        await other.PublishAsync("b", "2", QoS.AtLeastOnce);
        await other.ExpectPublishAsync("a", "1");
        await other.ExpectPublishAsync("b", "2");
        await dropped.ExpectPublishAsync("b", "2");
        await cut.ExpectAsync(new DisconnectPacket { Reason = ReasonCode.QuotaExceeded, Properties = new() { ReasonString = "enough" } });
        await cut.ExpectClosedAsync();
    }
}
