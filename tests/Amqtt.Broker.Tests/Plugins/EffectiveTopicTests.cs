using Amqtt.Broker.Configuration;
using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Plugins;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Plugins;

/// <summary>What plugins are asked about: the topic that transforms left, the topics and listeners a configuration names, and not their own messages.</summary>
public sealed class EffectiveTopicTests
{
    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task PF_11_a_transform_that_rewrites_the_topic_to_a_forbidden_one_is_refused(Link link)
    {
        var plugin = new TransformPlugin
        {
            Publish = TransformPlugin.Now<PublishContext>(static context => context.Topic = context.Topic.Replace("publish", "secret", StringComparison.Ordinal)),
            Deliver = TransformPlugin.Later<DeliverContext>(static context => context.Topic = context.Topic.Replace("deliver", "secret", StringComparison.Ordinal)),
            Subscribe = TransformPlugin.Now<SubscribeContext>(static context =>
            {
                SubscribeFilter filter = context[0];
                filter.Filter = filter.Filter.Replace("subscribe", "secret", StringComparison.Ordinal);
            }),
            Will = TransformPlugin.Later<WillContext>(static context => context.Topic = context.Topic.Replace("will", "secret", StringComparison.Ordinal)),
        };
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, plugin, new NoSecrets());
        WireClient watcher = await broker.ConnectAsync("watcher", ProtocolVersion.V5);
        await watcher.SubscribeAsync("#");
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5, will: new WillMessage { Topic = "will" });
        Assert.Equal(ReasonCode.NotAuthorized, await client.PublishAsync("publish", "x", QoS.AtLeastOnce));
        Assert.Equal(ReasonCode.NotAuthorized, await client.PublishAsync("publish", "x", QoS.ExactlyOnce));
        Assert.Equal(ReasonCode.Success, await client.PublishAsync("deliver", "x", QoS.AtLeastOnce)); // refused to each receiver
        await client.SendAsync(new SubscribePacket { PacketId = 9, Subscriptions = [new("subscribe", default)] });
        Assert.Equal([ReasonCode.NotAuthorized], (await client.ReceiveAsync<SubAckPacket>()).Reasons);
        await client.DisposeAsync();
        // The refused will leaves no trace but its counter; what is published after it comes through.
        WireClient last = await broker.ConnectAsync("last", ProtocolVersion.V5);
        await last.PublishAsync("fine", "x", QoS.AtLeastOnce);
        await watcher.ExpectPublishAsync("fine", "x");
        await watcher.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task Plugins_are_asked_about_their_topics_and_listeners_only(Link link)
    {
        var seen = new List<string>();
        var factory = new TransformPlugin
        {
            Publish = TransformPlugin.Now<PublishContext>(context => seen.Add($"publish {context.Topic}")),
            Deliver = TransformPlugin.Now<DeliverContext>(context => seen.Add($"deliver {context.Topic}")),
            Subscribe = TransformPlugin.Now<SubscribeContext>(context => seen.Add($"subscribe {context[0].Filter}")),
        };
        var elsewhere = new TransformPlugin { Publish = TransformPlugin.Now<PublishContext>(static context => context.Refuse()) };
        var denies = new NoSecrets { DeniesAll = true };
        var observer = new EventRecorder();
        await using TestBroker broker = await TestBroker.StartAsync(link, options =>
        {
            options.Listeners["elsewhere"] = new() { Type = ListenerType.External };
            options.Plugins.Add(factory, new PluginSettings { Topics = ["factory/#"] });
            options.Plugins.Add(elsewhere, new PluginSettings { Listeners = ["elsewhere"] });
            options.Plugins.Add(denies, new PluginSettings { Topics = ["forbidden/#"] });
            options.Plugins.Add(observer, new PluginSettings { Topics = ["factory/+"], Listeners = ["default"] });
        });
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        await client.SubscribeAsync("factory/a", QoS.AtLeastOnce);
        await client.SubscribeAsync("office/+", QoS.AtLeastOnce);
        await client.PublishAsync("office/a", "1", QoS.AtLeastOnce);
        await client.ExpectPublishAsync("office/a", "1");
        await client.PublishAsync("factory/a", "2", QoS.AtLeastOnce);
        await client.ExpectPublishAsync("factory/a", "2");
        Assert.Equal(ReasonCode.NotAuthorized, await client.PublishAsync("forbidden/a", "3", QoS.AtLeastOnce));
        Assert.Equal(["subscribe factory/a", "publish factory/a", "deliver factory/a"], seen);
        await observer.ExpectAsync(
            "pre_start", "post_start", "session c Created", "connected c", "subscribed c factory/a AtLeastOnce AtLeastOnce", "received factory/a from c", "broadcast factory/a from c");
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task PF_25_own_publishes_do_not_re_enter_the_same_plugins_transforms(Link link)
    {
        var other = new TransformPlugin { Publish = TransformPlugin.Later<PublishContext>(static context => context.Topic += "/seen") };
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, new Echo(), other);
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        await client.SubscribeAsync("#");
        await client.PublishAsync("t", "x", QoS.AtLeastOnce);
        var topics = new List<string>();
        for (int i = 0; i < 2; i++) topics.Add((await client.ReceiveAsync<PublishPacket>()).Topic);
        await client.ExpectNothingMoreAsync();
        Assert.Equal(["echo/t/seen", "t/published/seen/delivered"], topics.Order());
    }

    [Fact]
    public async Task A_transform_that_may_be_skipped_costs_nobody_the_message()
    {
        var plugin = new TransformPlugin
        {
            Publish = static context =>
            {
                context.Topic = "half/done";
                throw new InvalidOperationException("a mistake");
            },
            Deliver = static _ => throw new InvalidOperationException("another"),
        };
        await using TestBroker broker = await TestBroker.StartAsync(Link.Tcp, options => options.Plugins.Add(plugin, new PluginSettings { OnError = OnError.Skip }));
        WireClient client = await broker.ConnectAsync("c");
        await client.SubscribeAsync("#", QoS.AtLeastOnce);
        await client.PublishAsync("t", "x", QoS.AtLeastOnce);
        await client.ExpectPublishAsync("t", "x");
    }

    private sealed class NoSecrets : BaseTopicPlugin
    {
        public bool DeniesAll { get; init; }

        public override ValueTask<Decision> FilterTopicAsync(TopicContext context) =>
            DeniesAll || context.Topic.Contains("secret", StringComparison.Ordinal) ? Decision.Deny() : Decision.Allow;
    }

    /// <summary>Publishes a message for each one it sees.</summary>
    private sealed class Echo : BrokerPlugin
    {
        public override async ValueTask OnPublishAsync(PublishContext context)
        {
            string topic = context.Topic;
            await Context.PublishAsync(new BrokerMessage { Topic = $"echo/{topic}", Payload = "x"u8.ToArray() });
            context.Topic += "/published";
        }

        public override ValueTask OnDeliverAsync(DeliverContext context)
        {
            context.Topic += "/delivered";
            return default;
        }
    }
}
