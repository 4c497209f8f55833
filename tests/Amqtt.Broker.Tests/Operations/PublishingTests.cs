using System.Threading.Channels;
using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Operations;

/// <summary>What plugins publish, retain and hear (P-E4, P-C8).</summary>
public sealed class PublishingTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task P_C8_without_a_QoS_each_subscriber_gets_the_QoS_it_was_granted(Link link)
    {
        var probe = new Probe();
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, probe);
        var clients = new List<WireClient>();
        foreach (QoS qos in (QoS[])[QoS.AtMostOnce, QoS.AtLeastOnce, QoS.ExactlyOnce])
        {
            WireClient client = await broker.ConnectAsync($"c{(int)qos}");
            await client.SubscribeAsync("a/#", qos);
            clients.Add(client);
        }

        Assert.Equal(ReasonCode.Success, await probe.Broker.PublishAsync("a/b", "1", cancel: Cancel));
        for (int i = 0; i < 3; i++) Assert.Equal((QoS)i, (await clients[i].ExpectPublishAsync("a/b", "1")).QoS);
        Assert.Equal(ReasonCode.Success, await probe.Broker.PublishAsync("a/b", "2", QoS.AtLeastOnce, cancel: Cancel));
        for (int i = 0; i < 3; i++) Assert.Equal((QoS)Math.Min(i, 1), (await clients[i].ExpectPublishAsync("a/b", "2")).QoS);
        Assert.Equal(ReasonCode.NoMatchingSubscribers, await probe.Broker.PublishAsync("nobody", "3", cancel: Cancel));
    }

    [Fact]
    public async Task Topics_below_dollar_and_properties_reach_who_subscribed()
    {
        var probe = new Probe();
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, probe);
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        await client.SubscribeAsync("$SYS/#");
        var message = new BrokerMessage
        {
            Topic = "$SYS/broker/x",
            Payload = "1"u8.ToArray(),
            Retain = true,
            Properties = new MqttProperties { ContentType = "text/plain", MessageExpiryInterval = 60, UserProperties = [new UserProperty("k", "v")] },
        };
        Assert.Equal(ReasonCode.Success, await probe.Broker.PublishAsync(message, cancel: Cancel));
        PublishPacket got = await client.ExpectPublishAsync("$SYS/broker/x", "1");
        Assert.Equal("text/plain", got.Properties.ContentType);
        Assert.Equal(60u, got.Properties.MessageExpiryInterval);
        Assert.Equal([new UserProperty("k", "v")], got.Properties.UserProperties);
        Assert.Equal("1"u8.ToArray(), probe.Broker.FindRetained("$SYS/broker/x")?.Payload.ToArray());
    }

    [Fact]
    public async Task Messages_of_one_plugin_stay_in_order_across_topics_and_loops()
    {
        var probe = new Probe();
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, options => options.Limits.MaxQueuedMessages = 10_000, probe);
        WireClient[] clients = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => broker.ConnectAsync($"c{i}")));
        foreach (WireClient client in clients) await client.SubscribeAsync("#", QoS.AtLeastOnce);
        var pending = new List<Task<ReasonCode>>();
        for (int i = 0; i < 500; i++) pending.Add(probe.Broker.PublishAsync($"t{i % 7}", $"{i}", QoS.AtLeastOnce, cancel: Cancel).AsTask());
        Assert.All(await Task.WhenAll(pending), reason => Assert.Equal(ReasonCode.Success, reason));
        foreach (WireClient client in clients)
        {
            for (int i = 0; i < 500; i++) await client.ExpectPublishAsync($"t{i % 7}", $"{i}");
        }
    }

    [Fact]
    public async Task A_message_to_one_client_reaches_it_alone_whatever_it_subscribes_to_and_waits_while_it_is_away()
    {
        var probe = new Probe();
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, probe);
        WireClient one = await broker.ConnectAsync("one", cleanStart: false);
        WireClient two = await broker.ConnectAsync("two");
        await two.SubscribeAsync("#");
        var toOne = new PublishOptions { ToClient = "one" };
        await probe.Broker.PublishAsync(Message("a", "1", QoS.AtLeastOnce), toOne, Cancel);
        Assert.Equal(QoS.AtLeastOnce, (await one.ExpectPublishAsync("a", "1")).QoS);
        await one.DisconnectAsync();
        Assert.Equal(ReasonCode.Success, await probe.Broker.PublishAsync(Message("a", "2", QoS.ExactlyOnce), toOne, Cancel));
        one = await broker.ConnectAsync("one", cleanStart: false);
        await one.ExpectPublishAsync("a", "2");
        await two.ExpectNothingMoreAsync();
        Assert.Equal(ReasonCode.ClientIdentifierNotValid, await probe.Broker.PublishAsync(Message("a", "3"), new PublishOptions { ToClient = "nobody" }, Cancel));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Receivers_are_asked_about_unless_filters_are_bypassed(bool bypass)
    {
        var probe = new Probe();
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, probe, new NoSecrets());
        WireClient client = await broker.ConnectAsync("c");
        await client.SubscribeAsync("#");
        var options = new PublishOptions { BypassFilters = bypass };
        await probe.Broker.PublishAsync(Message("secret", "1"), options, Cancel);
        await probe.Broker.PublishAsync(Message("open", "2"), options, Cancel);
        if (bypass) await client.ExpectPublishAsync("secret", "1");
        await client.ExpectPublishAsync("open", "2");
        await client.ExpectNothingMoreAsync();
    }

    [Fact]
    public async Task On_behalf_of_a_client_its_permission_is_asked_and_No_Local_applies()
    {
        var probe = new Probe();
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, probe, new NoSecrets());
        WireClient sender = await broker.ConnectAsync("s", ProtocolVersion.V5);
        WireClient other = await broker.ConnectAsync("o");
        await other.SubscribeAsync("#");
        await sender.SendAsync(new SubscribePacket { PacketId = 1, Subscriptions = [new SubscriptionRequest("#", new SubscriptionOptions { NoLocal = true })] });
        await sender.ReceiveAsync<SubAckPacket>();
        var asSender = new PublishOptions { AsClient = "s" };
        Assert.Equal(ReasonCode.NotAuthorized, await probe.Broker.PublishAsync(Message("secret", "1"), asSender, Cancel));
        Assert.Equal(ReasonCode.Success, await probe.Broker.PublishAsync(Message("open", "2"), asSender, Cancel));
        await other.ExpectPublishAsync("open", "2");
        await sender.ExpectNothingMoreAsync();
        Assert.Equal(ReasonCode.ClientIdentifierNotValid, await probe.Broker.PublishAsync(Message("open", "3"), new PublishOptions { AsClient = "nobody" }, Cancel));
    }

    [Fact]
    public async Task A_plugin_hears_what_it_listens_to_in_order_but_not_itself()
    {
        var probe = new Probe();
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, probe);
        Channel<string> heard = Channel.CreateUnbounded<string>();
        IDisposable listening = probe.Broker.Listen("a/#", (message, _) => Hear(heard, message));
        using IDisposable own = probe.Broker.Listen("a/own", (message, _) => Hear(heard, message), new ListenOptions { IncludeOwn = true });
        WireClient client = await broker.ConnectAsync("c");
        for (int i = 0; i < 100; i++) await client.PublishAsync("a/b", $"{i}", QoS.AtLeastOnce);
        for (int i = 0; i < 100; i++) Assert.Equal($"c a/b {i}", await heard.Reader.ReadAsync(Cancel));
        await probe.Broker.PublishAsync("a/own", "x", cancel: Cancel);
        Assert.Equal(" a/own x", await heard.Reader.ReadAsync(Cancel));
        listening.Dispose();
        await client.PublishAsync("a/own", "y", QoS.AtLeastOnce);
        Assert.Equal("c a/own y", await heard.Reader.ReadAsync(Cancel)); // once: the other does not listen any more
        Assert.False(heard.Reader.TryRead(out _));
        Assert.Equal(0, probe.Broker.Statistics.Subscriptions);
        Assert.Equal([0], broker.Measure("amqtt.broker.subscriptions").Select(static m => m.Value));
        Assert.Empty(probe.Broker.Subscriptions());
    }

    [Fact]
    public async Task P_C15_what_a_client_publishes_below_dollar_is_heard_by_plugins_only()
    {
        var probe = new Probe();
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, probe);
        Channel<string> heard = Channel.CreateUnbounded<string>();
        using IDisposable listening = probe.Broker.Listen("$shadow/#", (message, _) => Hear(heard, message));
        WireClient client = await broker.ConnectAsync("c");
        WireClient other = await broker.ConnectAsync("o");
        await other.SubscribeAsync("$shadow/#");
        await client.PublishAsync("$shadow/get", "1", QoS.AtLeastOnce, retain: true);
        Assert.Equal("c $shadow/get 1", await heard.Reader.ReadAsync(Cancel));
        await other.ExpectNothingMoreAsync();
        Assert.Null(probe.Broker.FindRetained("$shadow/get"));
    }

    [Fact]
    public async Task A_handler_that_throws_or_hangs_costs_its_message_and_nothing_else()
    {
        var probe = new Probe();
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, probe);
        Channel<string> heard = Channel.CreateUnbounded<string>();
        var hanging = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using IDisposable listening = probe.Broker.Listen("t", async (message, cancel) =>
        {
            string text = System.Text.Encoding.UTF8.GetString(message.Message.Payload.Span);
            if (text == "throw") throw new InvalidOperationException("the handler broke");
            if (text == "hang")
            {
                hanging.SetResult();
                await Task.Delay(Timeout.Infinite, cancel);
            }

            await heard.Writer.WriteAsync(text, CancellationToken.None);
        });
        WireClient client = await broker.ConnectAsync("c");
        await client.PublishAsync("t", "throw", QoS.AtLeastOnce);
        await client.PublishAsync("t", "1", QoS.AtLeastOnce);
        Assert.Equal("1", await heard.Reader.ReadAsync(Cancel));
        (string category, _, string line) = Assert.Single(broker.Log.Lines, static line => line.Text.Contains("the handler broke", StringComparison.Ordinal));
        Assert.Equal("amqtt.broker.plugins.Probe", category);
        Assert.StartsWith("plugin Probe: its handler for 't' failed; the next message follows", line, StringComparison.Ordinal);
        await client.PublishAsync("t", "hang", QoS.AtLeastOnce);
        await client.PublishAsync("t", "2", QoS.AtLeastOnce);
        await hanging.Task;
        Task<string> next = heard.Reader.ReadAsync(Cancel).AsTask();
        // The time-out begins a moment after the handler does.
        while (!next.IsCompleted)
        {
            broker.Time.Advance(TimeSpan.FromSeconds(10));
            await Task.Yield();
        }

        Assert.Equal("2", await next);
        Assert.Contains(broker.Log.Lines, static line => line.Text == "plugin Probe: its handler for 't' took longer than 10s and is waited for no longer; the next message follows");
    }

    [Fact]
    public async Task Retained_messages_are_set_read_listed_and_cleared_without_being_published()
    {
        var probe = new Probe();
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, probe);
        WireClient client = await broker.ConnectAsync("c");
        await client.SubscribeAsync("r/#");
        for (int i = 0; i < 3; i++) Assert.Equal(ReasonCode.Success, await probe.Broker.RetainAsync(Message($"r/{i}", $"{i}"), Cancel));
        await probe.Broker.RetainAsync("$r", "dollar", cancel: Cancel);
        await client.ExpectNothingMoreAsync();
        Assert.Equal(["r/0", "r/1", "r/2"], probe.Broker.RetainedMessages("r/+").Select(static message => message.Topic).Order());
        Assert.Equal(4, probe.Broker.RetainedMessages().Count());
        await probe.Broker.ClearRetainedAsync("r/1", Cancel);
        Assert.Null(probe.Broker.FindRetained("r/1"));
        WireClient late = await broker.ConnectAsync("late");
        await late.SubscribeAsync("r/0");
        await late.ExpectPublishAsync("r/0", "0");
        Assert.Equal(ReasonCode.Success, await probe.Broker.RetainAsync("r/3", "short"u8.ToArray(), QoS.AtMostOnce, Cancel));
        await late.SubscribeAsync("r/3", QoS.AtLeastOnce);
        Assert.Equal(QoS.AtMostOnce, (await late.ExpectPublishAsync("r/3", "short")).QoS);
        await probe.Broker.RetainAsync("r/3", "", cancel: Cancel);
        Assert.Null(probe.Broker.FindRetained("r/3"));
    }

    [Fact]
    public async Task What_cannot_be_published_is_said_at_once()
    {
        var probe = new Probe();
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, probe);
        await Assert.ThrowsAsync<ArgumentException>(async () => await probe.Broker.PublishAsync("a/#", "1", cancel: Cancel));
        Assert.Throws<ArgumentException>(() => probe.Broker.Listen("a/#/b", (_, _) => default));
        Assert.Throws<ArgumentException>(() => probe.Broker.Listen("$share/g/a", (_, _) => default));
    }

    private static BrokerMessage Message(string topic, string payload, QoS? qos = null) => new() { Topic = topic, Payload = System.Text.Encoding.UTF8.GetBytes(payload), QoS = qos };

    private static ValueTask Hear(Channel<string> heard, HeardMessage message) =>
        heard.Writer.WriteAsync($"{message.ClientId} {message.Message.Topic} {System.Text.Encoding.UTF8.GetString(message.Message.Payload.Span)}", CancellationToken.None);

    private sealed class NoSecrets : BaseTopicPlugin
    {
        public override ValueTask<Decision> FilterTopicAsync(TopicContext context) => Decision.FromNullable(context.Topic != "secret");
    }
}
