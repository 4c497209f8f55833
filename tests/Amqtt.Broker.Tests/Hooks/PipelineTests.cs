using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Hooks;

/// <summary>What plugins are asked and told on the way of a client and its messages, and in which order; on every transport.</summary>
public sealed class PipelineTests
{
    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task Events_follow_the_life_of_a_client(Link link)
    {
        var events = new EventRecorder();
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, events);
        WireClient client = await broker.ConnectAsync("c", cleanStart: false);
        await client.SubscribeAsync("a/+", QoS.AtLeastOnce);
        await client.PublishAsync("a/b", "1", QoS.AtLeastOnce, retain: true);
        await client.ExpectPublishAsync("a/b", "1");
        await client.UnsubscribeAsync("a/+", "never");
        await client.DisconnectAsync();
        WireClient again = await broker.ConnectAsync("c", cleanStart: true);
        await again.DisposeAsync();
        await events.ExpectAsync(
            "pre_start", "post_start", "session c Created", "connected c", "subscribed c a/+ AtLeastOnce AtLeastOnce",
            "received a/b from c", "broadcast a/b from c", "retained a/b for all", // its own copy is delivered live, not kept for it
            "unsubscribed c a/+ Asked", "unsubscribed c never Asked", "disconnected c ClientDisconnect",
            "session c Deleted", "session c Created", "connected c", "disconnected c ConnectionLost", "session c Expired");
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task P_C3_a_refused_client_leaves_no_trace(Link link)
    {
        var events = new EventRecorder();
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, new OnlyAlice(), events);
        var will = new WillMessage { Topic = "will", Payload = "gone"u8.ToArray() };
        (WireClient alice, ConnAckPacket answer) = await broker.ConnectAsync(Connect("alice", cleanStart: false));
        Assert.Equal(ReasonCode.Success, answer.Reason);
        await alice.SubscribeAsync("will");

        // Mallory uses Alice's client id, with a clean start and a will.
        (WireClient mallory, answer) = await broker.ConnectAsync(Connect("mallory", cleanStart: true, will));
        Assert.Equal(ReasonCode.NotAuthorized, answer.Reason);
        await mallory.ExpectClosedAsync();

        await alice.PublishAsync("will", "still subscribed");
        await alice.ExpectPublishAsync("will", "still subscribed");
        await alice.ExpectNothingMoreAsync();
        await events.ExpectAsync(
            "pre_start", "post_start", "session shared Created", "connected shared", "subscribed shared will AtMostOnce AtMostOnce",
            "refused shared NotAuthorized", "received will from shared");
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task Each_action_is_asked_about_and_a_denial_is_answered_where_it_can_be(Link link)
    {
        var topics = new Denies(("publish", "no/publish"), ("subscribe", "no/subscribe"), ("receive", "no/receive"));
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, topics);
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        var qos1 = new SubscriptionOptions { QoS = QoS.AtLeastOnce };
        await client.SendAsync(new SubscribePacket
        {
            PacketId = client.NextPacketId(),
            Subscriptions = [new SubscriptionRequest("no/subscribe", qos1), new SubscriptionRequest("no/+", qos1)],
        });
        Assert.Equal([ReasonCode.NotAuthorized, ReasonCode.GrantedQoS1], (await client.ReceiveAsync<SubAckPacket>()).Reasons);
        Assert.Equal(ReasonCode.NotAuthorized, await client.PublishAsync("no/publish", "1", QoS.AtLeastOnce)); // P-C27
        Assert.Equal(ReasonCode.NotAuthorized, await client.PublishAsync("no/publish", "2", QoS.ExactlyOnce));
        Assert.Equal(ReasonCode.Success, await client.PublishAsync("no/receive", "3", QoS.AtLeastOnce));
        await client.PublishAsync("no/thing", "4");
        await client.ExpectPublishAsync("no/thing", "4");
        await client.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task A_plugin_that_throws_denies_this_once_and_the_client_stays(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, new Denies(("publish", "no")) { Throws = true });
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        Assert.Equal(ReasonCode.ImplementationSpecificError, await client.PublishAsync("no", "1", QoS.AtLeastOnce));
        Assert.Equal(ReasonCode.NoMatchingSubscribers, await client.PublishAsync("yes", "1", QoS.AtLeastOnce));
    }

    private static ConnectPacket Connect(string user, bool cleanStart, WillMessage? will = null) => new()
    {
        Version = ProtocolVersion.V5,
        ClientId = "shared",
        UserName = user,
        CleanStart = cleanStart,
        Will = will,
        Properties = new MqttProperties { SessionExpiryInterval = 60 },
    };

    private sealed class OnlyAlice : BaseAuthPlugin
    {
        public override ValueTask<Decision> AuthenticateAsync(AuthenticateContext context) => context.UserName == "alice" ? Decision.Allow : Decision.Deny();
    }

    private sealed class Denies(params (string Action, string Topic)[] denied) : BaseTopicPlugin
    {
        public bool Throws { get; init; }

        public override ValueTask<Decision> FilterTopicAsync(TopicContext context)
        {
            if (!denied.Contains((context.Action.ToString().ToLowerInvariant(), context.Topic))) return Decision.Allow;
            return Throws ? throw new InvalidOperationException("a mistake") : Decision.Deny();
        }
    }
}
