using Amqtt.Broker.Configuration;
using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Plugins;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Deciding;

/// <summary>PF-14: filtering wherever a topic is used.</summary>
public sealed class FilteringTests
{
    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task PF_14_filtering_works_with_aliases_shared_subscriptions_retained_and_queued_messages_and_wills(Link link)
    {
        bool hidden = false;
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, new Filters(context => context.Topic switch
        {
            "no/publish" => context.Action != TopicAction.Publish,
            "no/receive" => context.Action != TopicAction.Receive,
            "later" => !(Volatile.Read(ref hidden) && context.Action == TopicAction.Receive),
            "other" when context.Action == TopicAction.Receive => asked.TrySetResult() || true,
            "$private" => context.Session.ClientId == "p",
            _ => true,
        }));
        WireClient client = await broker.ConnectAsync("p", ProtocolVersion.V5), receiver = await broker.ConnectAsync("r", ProtocolVersion.V5, cleanStart: false, new MqttProperties { SessionExpiryInterval = 600 });

        // A topic alias stands for its topic.
        await client.SendAsync(new PublishPacket { Topic = "no/publish", QoS = QoS.AtLeastOnce, PacketId = 1, Properties = new MqttProperties { TopicAlias = 1 } });
        Assert.Equal(ReasonCode.NotAuthorized, (await client.ReceiveAsync<PubAckPacket>()).Reason);
        await client.SendAsync(new PublishPacket { Topic = "", QoS = QoS.AtLeastOnce, PacketId = 2, Properties = new MqttProperties { TopicAlias = 1 } });
        Assert.Equal(ReasonCode.NotAuthorized, (await client.ReceiveAsync<PubAckPacket>()).Reason);

        // Shared and ordinary subscriptions, live and retained.
        await client.PublishAsync("no/receive", "retained", QoS.AtLeastOnce, retain: true);
        await client.PublishAsync("later", "retained", QoS.AtLeastOnce, retain: true);
        await receiver.SubscribeAsync("$share/g/no/+", QoS.AtLeastOnce);
        await receiver.SubscribeAsync("#", QoS.AtLeastOnce);
        await receiver.ExpectPublishAsync("later", "retained");
        await client.PublishAsync("no/receive", "live", QoS.AtLeastOnce);
        await receiver.ExpectNothingMoreAsync();

        // Below $ a plugin is asked as anywhere else.
        Assert.NotEqual(ReasonCode.NotAuthorized, await client.PublishAsync("$private", "1", QoS.AtLeastOnce));
        Assert.Equal(ReasonCode.NotAuthorized, await receiver.PublishAsync("$private", "1", QoS.AtLeastOnce));

        // What waits is asked about again when it is delivered.
        await receiver.DisconnectAsync();
        await client.PublishAsync("later", "queued", QoS.AtLeastOnce);
        await client.PublishAsync("other", "queued", QoS.AtLeastOnce);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken); // and so about the one before: an answer that is still to come would be from before
        Volatile.Write(ref hidden, true);
        receiver = await broker.ConnectAsync("r", ProtocolVersion.V5, cleanStart: false, new MqttProperties { SessionExpiryInterval = 600 });
        await receiver.ExpectPublishAsync("other", "queued");
        await receiver.ExpectNothingMoreAsync();

        // A will is a publish.
        (_, ConnAckPacket answer) = await broker.ConnectAsync(new ConnectPacket { Version = ProtocolVersion.V5, ClientId = "w", CleanStart = true, Will = new WillMessage { Topic = "no/publish" } });
        Assert.Equal(ReasonCode.NotAuthorized, answer.Reason);
    }

    [Fact]
    public async Task A_reload_that_brings_other_topic_plugins_asks_about_live_subscriptions_anew()
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory);
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        await client.SubscribeAsync("a");
        await client.SubscribeAsync("b");
        var options = new BrokerOptions
        {
            EventLoops = 2,
            Plugins = new PluginCollection().Add("anonymous").Add(new Filters(static context => context.Action != TopicAction.Subscribe || context.Topic != "a")),
        };
        await broker.Broker.ReloadAsync(options, TestContext.Current.CancellationToken);
        Assert.Equal(["b"], broker.Broker.Subscriptions().Select(static one => one.TopicFilter));
        await client.PublishAsync("a", "1", QoS.AtLeastOnce);
        await client.PublishAsync("b", "2", QoS.AtLeastOnce);
        await client.ExpectPublishAsync("b", "2");
        await client.ExpectNothingMoreAsync();
    }
}
