using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Operations;

/// <summary>What plugins and embedding programs do with sessions (P-A17, P-E4, P-E5).</summary>
public sealed class SessionOperationTests
{
    private static readonly SubscriptionOptions Qos1 = new() { QoS = QoS.AtLeastOnce };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task P_A17_a_subscription_for_an_unknown_client_creates_its_offline_session_which_waits_for_it()
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory);
        Assert.Equal(ReasonCode.GrantedQoS1, await broker.Broker.SubscribeAsync("later", "a/#", Qos1, Cancel));
        ISession session = Assert.IsAssignableFrom<ISession>(broker.Broker.FindSession("later"));
        Assert.Equal(SessionState.Disconnected, session.State);
        Assert.Null(session.LastConnectTime);
        Assert.Equal(["later"], broker.Broker.Sessions.Select(static one => one.ClientId));
        Assert.Equal(("later", QoS.AtLeastOnce), broker.Broker.Subscriptions("a/#").Select(static one => (one.ClientId, one.QoS)).Single());

        WireClient sender = await broker.ConnectAsync("sender");
        await sender.PublishAsync("a/b", "kept", QoS.AtLeastOnce);
        SessionContents contents = (await broker.Broker.InspectSessionAsync("later", Cancel))!; // on the session's loop, where the message is by now
        Assert.Equal(1, session.QueuedMessages);
        Assert.Equal("a/b", Assert.Single(contents.Queued).Topic);
        (WireClient later, ConnAckPacket answer) = await broker.ConnectAsync(new ConnectPacket { Version = ProtocolVersion.V311, ClientId = "later", UserName = "anybody", CleanStart = false });
        Assert.True(answer.SessionPresent);
        PublishPacket got = await later.ReceiveAsync<PublishPacket>();
        Assert.Equal("a/b", got.Topic);
        contents = (await broker.Broker.InspectSessionAsync("later", Cancel))!;
        InflightMessage inflight = Assert.Single(contents.InflightOut);
        Assert.Equal((got.PacketId, QoS.AtLeastOnce, PacketType.PubAck, "a/b"), (inflight.PacketId, inflight.QoS, inflight.AwaitedPacket, inflight.Message?.Topic));
        Assert.Equal("anybody", session.Identity);
    }

    [Theory]
    [InlineData(1, int.MaxValue, "limits.max_sessions")]
    [InlineData(int.MaxValue, 1, "limits.max_sessions_per_identity")]
    public async Task A_session_that_cannot_be_created_names_the_limit(int sessions, int perIdentity, string limit)
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, options =>
        {
            options.Limits.MaxSessions = sessions;
            options.Limits.MaxSessionsPerIdentity = perIdentity;
        });
        var ofAlice = new NewSessionOptions { Identity = "alice" };
        await broker.Broker.CreateSessionAsync("one", ofAlice, Cancel);
        InvalidOperationException none = await Assert.ThrowsAsync<InvalidOperationException>(async () => await broker.Broker.CreateSessionAsync("two", ofAlice, Cancel));
        Assert.Equal($"The broker keeps no more sessions ({limit}).", none.Message);
    }

    [Fact]
    public async Task A_created_session_belongs_to_the_identity_it_was_made_for_and_expires()
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory);
        await broker.Broker.CreateSessionAsync("x", new NewSessionOptions { Identity = "alice", Expiry = TimeSpan.FromSeconds(60) }, Cancel);
        (WireClient mallory, ConnAckPacket answer) = await broker.ConnectAsync(new ConnectPacket { Version = ProtocolVersion.V5, ClientId = "x", UserName = "mallory", CleanStart = true });
        Assert.Equal(ReasonCode.ClientIdentifierNotValid, answer.Reason);
        await mallory.ExpectClosedAsync();
        broker.Time.Advance(TimeSpan.FromSeconds(62));
        await broker.Broker.InspectSessionAsync("other", Cancel);
        while (broker.Broker.FindSession("x") is not null) await broker.Broker.InspectSessionAsync("x", Cancel);
    }

    [Fact]
    public async Task Subscribing_a_client_is_checked_and_asked_about_like_its_own_and_sends_retained_messages()
    {
        var events = new EventRecorder();
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, options => options.Limits.MaxSubscriptions = 2, events, new OnlyA());
        WireClient client = await broker.ConnectAsync("c");
        await client.PublishAsync("a/r", "retained", QoS.AtLeastOnce, retain: true);
        await events.TakeUntilAsync("retained a/r for all");
        Assert.Equal(ReasonCode.GrantedQoS1, await broker.Broker.SubscribeAsync("c", "a/#", Qos1, Cancel));
        await client.ExpectPublishAsync("a/r", "retained");
        Assert.Equal(ReasonCode.TopicFilterInvalid, await broker.Broker.SubscribeAsync("c", "a/#/b", Qos1, Cancel));
        Assert.Equal(ReasonCode.NotAuthorized, await broker.Broker.SubscribeAsync("c", "b", Qos1, Cancel));
        Assert.Equal(ReasonCode.GrantedQoS1, await broker.Broker.SubscribeAsync("c", "$share/g/a", Qos1, Cancel));
        Assert.Equal(ReasonCode.QuotaExceeded, await broker.Broker.SubscribeAsync("c", "a/3", Qos1, Cancel));
        Assert.Equal(["$share/g/a", "a/#"], broker.Broker.Subscriptions().Select(static one => one.TopicFilter).Order(StringComparer.Ordinal));
        Assert.Equal("g", broker.Broker.Subscriptions("$share/g/a").Single().ShareName);
        Assert.True(await broker.Broker.UnsubscribeAsync("c", "a/#", Cancel));
        Assert.False(await broker.Broker.UnsubscribeAsync("c", "a/#", Cancel));
        await events.ExpectAsync("subscribed c a/# AtLeastOnce AtLeastOnce", "subscribed c $share/g/a AtLeastOnce AtLeastOnce", "unsubscribed c a/# Administrative");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_is_disconnected_with_a_reason_and_with_or_without_its_will(bool sendWill)
    {
        var events = new EventRecorder();
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, events);
        WireClient watcher = await broker.ConnectAsync("w");
        await watcher.SubscribeAsync("will");
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5, will: new WillMessage { Topic = "will", Payload = "gone"u8.ToArray() });
        var options = new DisconnectOptions { Reason = ReasonCode.UseAnotherServer, Text = "elsewhere", SendWill = sendWill };
        Assert.True(await broker.Broker.DisconnectAsync("c", options, Cancel));
        DisconnectPacket packet = await client.ReceiveAsync<DisconnectPacket>();
        Assert.Equal((ReasonCode.UseAnotherServer, "elsewhere"), (packet.Reason, packet.Properties.ReasonString));
        await client.ExpectClosedAsync();
        Assert.False(await broker.Broker.DisconnectAsync("c", options, Cancel));
        if (sendWill) await watcher.ExpectPublishAsync("will", "gone");
        await watcher.ExpectNothingMoreAsync();
        await events.TakeUntilAsync("disconnected c Administrative");
        await Assert.ThrowsAsync<ArgumentException>(async () => await broker.Broker.DisconnectAsync("w", new DisconnectOptions { Reason = ReasonCode.GrantedQoS1 }, Cancel));
    }

    [Theory]
    [InlineData(ReasonCode.UseAnotherServer, null, "b.example:1884 [::1]:1883", "moved")]
    [InlineData(ReasonCode.ServerMoved, null, "b.example:1884 [::1]:1883", "moved")]
    [InlineData(ReasonCode.UseAnotherServer, 34u, "b.example:1884 [::1]:1883", null)]
    [InlineData(ReasonCode.UseAnotherServer, 20u, null, null)]
    [Statement("MQTT-3.14.2-3", "prose:4.11a")]
    public async Task A_client_is_sent_to_other_servers(ReasonCode reason, uint? maximumPacketSize, string? expected, string? text)
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory);
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5, properties: new MqttProperties { MaximumPacketSize = maximumPacketSize });
        WireClient old = await broker.ConnectAsync("old");
        var options = new DisconnectOptions { Reason = reason, Text = "moved", ServerReference = "b.example:1884 [::1]:1883" };
        Assert.True(await broker.Broker.DisconnectAsync("c", options, Cancel));
        DisconnectPacket packet = await client.ReceiveAsync<DisconnectPacket>();
        // Where to go is of more use than why.
        Assert.Equal((reason, expected, text), (packet.Reason, packet.Properties.ServerReference, packet.Properties.ReasonString));
        await client.ExpectClosedAsync();
        Assert.True(await broker.Broker.DisconnectAsync("old", options, Cancel)); // has no packet for it
        await old.ExpectClosedAsync();
    }

    [Theory]
    [InlineData(ReasonCode.AdministrativeAction, "b.example", "A server reference comes with UseAnotherServer or ServerMoved, not with AdministrativeAction.")]
    [InlineData(ReasonCode.ServerMoved, " ", "The server reference is empty, has characters that MQTT does not carry, or is too long.")]
    [InlineData(ReasonCode.ServerMoved, "b\0", "The server reference is empty, has characters that MQTT does not carry, or is too long.")]
    public async Task A_server_reference_that_cannot_be_sent_is_an_error(ReasonCode reason, string reference, string message)
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory);
        var options = new DisconnectOptions { Reason = reason, ServerReference = reference };
        var wrong = await Assert.ThrowsAsync<ArgumentException>(async () => await broker.Broker.DisconnectAsync("c", options, Cancel));
        Assert.StartsWith(message, wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deleted_session_leaves_nothing()
    {
        var events = new EventRecorder();
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, events);
        WireClient client = await broker.ConnectAsync("c", cleanStart: false, will: new WillMessage { Topic = "will", Payload = "gone"u8.ToArray() });
        await client.SubscribeAsync("a", QoS.AtLeastOnce);
        Assert.True(await broker.Broker.DeleteSessionAsync("c", cancel: Cancel));
        await client.ExpectClosedAsync();
        Assert.Null(broker.Broker.FindSession("c"));
        Assert.Empty(broker.Broker.Subscriptions());
        Assert.False(await broker.Broker.DeleteSessionAsync("c", cancel: Cancel));
        List<string> told = await events.TakeUntilAsync("session c Deleted");
        Assert.DoesNotContain("broadcast will from c", told);
    }

    [Fact]
    public async Task Statistics_count_what_happened()
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory);
        WireClient a = await broker.ConnectAsync("a");
        WireClient b = await broker.ConnectAsync("b", cleanStart: false);
        await b.SubscribeAsync("t", QoS.AtLeastOnce);
        await a.PublishAsync("t", "1", QoS.AtLeastOnce, retain: true);
        await b.ReceiveAsync<PublishPacket>(); // not acknowledged: in flight
        await a.DisconnectAsync();
        BrokerStatistics now = broker.Broker.Statistics;
        Assert.Equal((1, 2, 1L, 2L), (now.ClientsConnected, now.ClientsMaximum, now.ClientsDisconnected, now.ClientsTotal));
        Assert.Equal((1, 1, 1L, 1L), (now.Subscriptions, now.RetainedMessages, now.PublishReceived, now.PublishSent));
        Assert.Equal((1L, 0L, 0L, 1), (now.InflightOut, now.InflightIn, now.QueuedMessages, now.Sessions));
        Assert.Equal(5, now.PacketsReceived); // two CONNECT, SUBSCRIBE, PUBLISH, DISCONNECT
        Assert.Equal(5, now.PacketsSent); // two CONNACK, SUBACK, PUBACK, PUBLISH
        Assert.Equal(broker.Time.Start, now.StartTime);
        Assert.True(now.BytesReceived > 0 && now.BytesSent > 0);
    }

    [Fact]
    public async Task Attributes_live_as_long_as_the_session()
    {
        var tenant = new SessionKey<string>("acme.tenant");
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory);
        WireClient client = await broker.ConnectAsync("c", cleanStart: false);
        broker.Broker.FindSession("c")!.Attributes.Set(tenant, "t1");
        await client.DisconnectAsync();
        client = await broker.ConnectAsync("c", cleanStart: false);
        Assert.True(broker.Broker.FindSession("c")!.Attributes.TryGet(tenant, out string? known) && known == "t1");
        await client.DisconnectAsync();
        await broker.ConnectAsync("c", cleanStart: true);
        Assert.False(broker.Broker.FindSession("c")!.Attributes.TryGet(tenant, out _));
    }

    [Fact]
    public async Task Without_a_running_broker_the_program_is_told_and_a_plugin_gets_neutral_answers()
    {
        var probe = new Probe();
        TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, probe);
        BrokerContext context = probe.Broker;
        await broker.DisposeAsync();
        Assert.Throws<BrokerException>(() => broker.Broker.FindSession("c"));
        Assert.Equal(ReasonCode.ServerShuttingDown, await context.PublishAsync("a", "1", cancel: Cancel));
        Assert.Equal(ReasonCode.ServerShuttingDown, await context.SubscribeAsync("c", "a", Qos1, Cancel));
        Assert.False(await context.DisconnectAsync("c", cancel: Cancel));
        Assert.Null(await context.InspectSessionAsync("c", Cancel));
        Assert.Empty(context.Sessions);
    }

    private sealed class OnlyA : BaseTopicPlugin
    {
        public override ValueTask<Decision> FilterTopicAsync(TopicContext context) => Decision.FromNullable(context.Topic.StartsWith('a'));
    }
}
