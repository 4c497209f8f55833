using System.Text;
using Amqtt.Client.Configuration;
using Amqtt.Client.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;
using Microsoft.Extensions.Logging;

namespace Amqtt.Client.Tests.Connections;

/// <summary>Lost connections: P-D6, P-D7, P-D11, and section 4.4 of the standard.</summary>
public sealed class ReconnectTests
{
    [Fact]
    public async Task A_session_that_is_gone_is_subscribed_again()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync(Quick);
        var subscribing = client.SubscribeAsync("a/#", QoS.AtLeastOnce);
        await GrantAsync(wire, ReasonCode.GrantedQoS1);
        var subscription = await subscribing.Soon();
        await wire.DisposeAsync();

        wire = await broker.PassTimeUntilAsync(broker.AcceptAsync(new()));
        var again = await GrantAsync(wire, ReasonCode.GrantedQoS1);
        Assert.Equal([new SubscriptionRequest("a/#", new() { QoS = QoS.AtLeastOnce })], again.Subscriptions);
        await wire.SendAsync(new PublishPacket { Topic = "a/b", Payload = "still here"u8.ToArray() });
        await using var stream = subscription.GetAsyncEnumerator();
        Assert.Equal("still here", (await stream.NextAsync()).Text);
    }

    [Fact]
    public async Task What_failed_and_when_it_is_tried_again_is_said()
    {
        await using var broker = new ScriptedBroker();
        var client = broker.Client(options =>
        {
            options.Connection.Uri = broker.Uri.Replace("mqtt:", "mqtts:", StringComparison.Ordinal);
            options.ReconnectRetries = 1;
        });
        var connecting = client.ConnectAsync();
        await (await broker.AcceptAsync()).DisposeAsync(); // as a broker does that expected a CONNECT
        await (await broker.PassTimeUntilAsync(broker.AcceptAsync())).DisposeAsync();

        const string Problem = "the TLS handshake was cut off, as by a port that is not for TLS: ";
        Assert.Contains(Problem, (await Assert.ThrowsAsync<ConnectException>(() => connecting.Soon())).Message, StringComparison.Ordinal);
        var line = Assert.Single(broker.Log.Lines, static line => line.Level == LogLevel.Warning).Text;
        Assert.Contains("attempt 1 to connect failed: ", line, StringComparison.Ordinal);
        Assert.Contains(Problem, line, StringComparison.Ordinal);
        Assert.EndsWith(" The next one follows in 2.0 s.", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_that_is_there_is_not()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync(Quick);
        var subscribing = client.SubscribeAsync("a/#");
        await GrantAsync(wire, ReasonCode.Success);
        await subscribing.Soon();
        await wire.DisposeAsync();

        wire = await broker.PassTimeUntilAsync(broker.AcceptAsync(new() { SessionPresent = true }));
        await client.Entered(ClientState.Connected);
        await client.PublishAsync("t", "the first packet");
        await wire.ExpectPublishAsync("t", "the first packet");
    }

    [Fact]
    public async Task A_session_is_resumed_with_dup_in_order_and_with_pubrel()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync(Quick);
        var one = client.PublishAsync("t", "1", QoS.AtLeastOnce).AsTask();
        var two = client.PublishAsync("t", "2", QoS.ExactlyOnce).AsTask();
        var three = client.PublishAsync("t", "3", QoS.ExactlyOnce).AsTask();
        var first = await wire.ReceiveAsync<PublishPacket>();
        var second = await wire.ReceiveAsync<PublishPacket>();
        var third = await wire.ReceiveAsync<PublishPacket>();
        await wire.SendAsync(new PubRecPacket { PacketId = third.PacketId });
        await wire.ReceiveAsync<PubRelPacket>();
        await wire.DisposeAsync();

        wire = await broker.PassTimeUntilAsync(broker.AcceptAsync(new() { SessionPresent = true }));
        Assert.Equal(third.PacketId, (await wire.ReceiveAsync<PubRelPacket>()).PacketId);
        foreach (var expected in new[] { first, second })
        {
            var again = await wire.ReceiveAsync<PublishPacket>();
            Assert.Equal((true, expected.PacketId, Encoding.UTF8.GetString(expected.Payload.Span)), (again.Dup, again.PacketId, Encoding.UTF8.GetString(again.Payload.Span)));
        }

        await wire.SendAsync(new PubAckPacket { PacketId = first.PacketId });
        await wire.SendAsync(new PubRecPacket { PacketId = second.PacketId });
        await wire.ReceiveAsync<PubRelPacket>();
        await wire.SendAsync(new PubCompPacket { PacketId = second.PacketId });
        await wire.SendAsync(new PubCompPacket { PacketId = third.PacketId });
        await Task.WhenAll(one, two, three).Soon();
    }

    [Fact]
    public async Task In_3_1_a_session_goes_on_though_the_broker_cannot_say_so()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync(static options =>
        {
            Quick(options);
            options.ProtocolVersion = ProtocolVersion.V31;
            options.CleanSession = false;
        });
        var subscribing = client.SubscribeAsync("a", QoS.ExactlyOnce);
        await GrantAsync(wire, ReasonCode.GrantedQoS2);
        var subscription = await subscribing.Soon();
        var publishing = client.PublishAsync("t", "out", QoS.ExactlyOnce).AsTask();
        var first = await wire.ReceiveAsync<PublishPacket>();
        await wire.SendAsync(new PublishPacket { Topic = "a", PacketId = 9, QoS = QoS.ExactlyOnce, Payload = "once"u8.ToArray() });
        var stream = subscription.GetAsyncEnumerator();
        Assert.Equal("once", (await stream.NextAsync()).Text);
        var next = stream.NextAsync(); // who asks for the next is done with the one before
        await wire.ReceiveAsync<PubRecPacket>();
        await wire.DisposeAsync();

        wire = await broker.PassTimeUntilAsync(broker.AcceptAsync(new()));
        Assert.Equal("a", Assert.Single((await GrantAsync(wire, ReasonCode.GrantedQoS2)).Subscriptions).Filter);
        var again = await wire.ReceiveAsync<PublishPacket>();
        Assert.Equal((true, first.PacketId), (again.Dup, again.PacketId));
        await wire.SendAsync(new PubRecPacket { PacketId = again.PacketId });
        await wire.ReceiveAsync<PubRelPacket>();
        await wire.SendAsync(new PubCompPacket { PacketId = again.PacketId });
        await publishing.Soon();
        await wire.SendAsync(new PublishPacket { Topic = "a", PacketId = 9, QoS = QoS.ExactlyOnce, Dup = true, Payload = "once"u8.ToArray() });
        await wire.ReceiveAsync<PubRecPacket>();
        await wire.SendAsync(new PublishPacket { Topic = "a", Payload = "next"u8.ToArray() });
        Assert.Equal("next", (await next).Text);
    }

    [Fact]
    public async Task Without_the_session_qos_1_is_sent_anew_and_qos_2_never_twice()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync(Quick);
        var one = client.PublishAsync("t", "1", QoS.AtLeastOnce).AsTask();
        var unknown = client.PublishAsync("t", "2", QoS.ExactlyOnce).AsTask();
        var taken = client.PublishAsync("t", "3", QoS.ExactlyOnce).AsTask();
        await wire.ReceiveAsync<PublishPacket>();
        await wire.ReceiveAsync<PublishPacket>();
        var third = await wire.ReceiveAsync<PublishPacket>();
        await wire.SendAsync(new PubRecPacket { PacketId = third.PacketId });
        await wire.ReceiveAsync<PubRelPacket>();
        await wire.DisposeAsync();

        wire = await broker.PassTimeUntilAsync(broker.AcceptAsync(new()));
        var again = await wire.ReceiveAsync<PublishPacket>();
        Assert.False(again.Dup);
        await wire.SendAsync(new PubAckPacket { PacketId = again.PacketId });
        await one.Soon();
        await taken.Soon();
        await Assert.ThrowsAsync<ClientException>(() => unknown.Soon());
        await client.PublishAsync("t", "nothing before this");
        await wire.ExpectPublishAsync("t", "nothing before this");
    }

    [Fact]
    public async Task Calls_wait_for_the_next_connection()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync(Quick);
        await wire.DisposeAsync();
        await client.Entered(ClientState.Reconnecting);
        var publish = client.PublishAsync("t", "x", QoS.AtLeastOnce).AsTask();
        var subscribe = client.SubscribeAsync("s");
        var ping = client.PingAsync();
        Assert.False(publish.IsCompleted || subscribe.IsCompleted || ping.IsCompleted);

        wire = await broker.PassTimeUntilAsync(broker.AcceptAsync(new()));
        await AnswerAsync(wire, 3);
        await publish.Soon();
        await subscribe.Soon();
        await ping.Soon();
    }

    [Fact]
    public async Task When_the_client_gives_up_calls_fail_and_streams_end_with_the_reason()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync(options =>
        {
            Quick(options);
            options.ReconnectRetries = 1;
        });
        var subscribing = client.SubscribeAsync("s");
        await GrantAsync(wire, ReasonCode.Success);
        var subscription = await subscribing.Soon();
        var reading = subscription.GetAsyncEnumerator().MoveNextAsync().AsTask();
        await wire.DisposeAsync();
        await client.Entered(ClientState.Reconnecting);
        var publish = client.PublishAsync("t", "x").AsTask();
        var attempt = await broker.PassTimeUntilAsync(broker.AcceptAsync());
        await attempt.ReceiveAsync<ConnectPacket>();
        await attempt.SendAsync(new ConnAckPacket { Reason = ReasonCode.ServerUnavailable });
        await client.Entered(ClientState.Disconnected);

        await Assert.ThrowsAnyAsync<ClientException>(() => publish.Soon());
        await Assert.ThrowsAsync<ClientException>(() => client.PublishAsync("t", "x").AsTask());
        await Assert.ThrowsAnyAsync<ClientException>(() => reading.Soon());
        await Assert.ThrowsAnyAsync<ClientException>(() => client.DeliverMessageAsync().Soon());
    }

    [Fact]
    public async Task Failing_fast_fails_at_once()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync(options => options.WhenDisconnected = DisconnectedBehavior.Fail);
        await wire.DisposeAsync();
        await client.Entered(ClientState.Reconnecting);
        await Assert.ThrowsAsync<ClientException>(() => client.PublishAsync("t", "x").AsTask());
        await Assert.ThrowsAsync<ClientException>(() => client.SubscribeAsync("t"));
    }

    [Theory]
    [InlineData(QueuePolicy.DropOldest, "2,3")]
    [InlineData(QueuePolicy.DropNewest, "1,2")]
    [InlineData(QueuePolicy.Reject, "1,2")]
    public async Task The_offline_queue_is_bounded_and_sent_in_order(QueuePolicy policy, string expected)
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync(options =>
        {
            Quick(options);
            options.WhenDisconnected = DisconnectedBehavior.Queue;
            options.OfflineQueuePolicy = policy;
            options.OfflineQueueMessages = 2;
        });
        await wire.DisposeAsync();
        await client.Entered(ClientState.Reconnecting);
        Assert.True((await client.PublishAsync("t", "1", QoS.AtLeastOnce).Soon()).IsQueued);
        Assert.True((await client.PublishAsync("t", "2").Soon()).IsQueued);
        if (policy == QueuePolicy.Reject)
            await Assert.ThrowsAsync<ClientException>(() => client.PublishAsync("t", "3").AsTask());
        else
            Assert.Equal(policy == QueuePolicy.DropNewest, (await client.PublishAsync("t", "3").Soon()).IsDropped);

        wire = await broker.PassTimeUntilAsync(broker.AcceptAsync(new()));
        List<string> came = [];
        for (var i = 0; i < 2; i++)
            came.Add(Encoding.UTF8.GetString((await wire.ReceivePublishAsync()).Payload.Span));
        Assert.Equal(expected, string.Join(',', came));
    }

    [Theory]
    [InlineData(null, true, true)]
    [InlineData(null, false, false)]
    [InlineData(true, false, true)]
    [InlineData(false, true, false)]
    public async Task Clean_session_can_differ_for_reconnects(bool? again, bool first, bool expected)
    {
        await using var broker = new ScriptedBroker();
        var client = broker.Client(options =>
        {
            Quick(options);
            options.CleanSession = first;
            options.ReconnectCleanSession = again;
        });
        var connecting = client.ConnectAsync();
        var wire = await broker.AcceptAsync();
        Assert.Equal(first, (await wire.ReceiveAsync<ConnectPacket>()).CleanStart);
        await wire.SendAsync(new ConnAckPacket());
        await connecting.Soon();
        await wire.DisposeAsync();
        wire = await broker.PassTimeUntilAsync(broker.AcceptAsync());
        Assert.Equal(expected, (await wire.ReceiveAsync<ConnectPacket>()).CleanStart);
    }

    [Fact]
    public async Task A_client_whose_session_was_taken_over_does_not_fight()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync(Quick);
        await wire.SendAsync(new DisconnectPacket { Reason = ReasonCode.SessionTakenOver });
        await client.Entered(ClientState.Disconnected);
        var error = await Assert.ThrowsAsync<ClientException>(() => client.PublishAsync("t", "x").AsTask());
        Assert.Contains("SessionTakenOver", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disconnecting_ends_the_attempts()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync();
        await wire.DisposeAsync();
        await client.Entered(ClientState.Reconnecting);
        Assert.False(await client.DisconnectAsync().Soon());
        Assert.Equal(ClientState.Disconnected, client.State);
    }

    [Fact]
    public async Task Publishes_that_time_out_without_a_connection_are_forgotten()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync(Quick);
        await wire.DisposeAsync();
        await client.Entered(ClientState.Reconnecting);
        using var cancel = new CancellationTokenSource();
        var kept = client.PublishAsync("t", "kept").AsTask();
        var given = Enumerable.Range(0, 1000).Select(_ => client.PublishAsync("t", "given up", cancellationToken: cancel.Token).AsTask()).ToArray();
        Assert.Equal(1001, client.Session.QueuedMessages);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(given).Soon());
        Assert.InRange(client.Session.QueuedMessages, 1, 130);

        wire = await broker.PassTimeUntilAsync(broker.AcceptAsync(new()));
        await wire.ExpectPublishAsync("t", "kept");
        await kept.Soon();
        var last = client.PublishAsync("t", "last").AsTask();
        await wire.ExpectPublishAsync("t", "last");
        await last.Soon();
    }

    [Fact]
    public async Task Disconnecting_while_a_broker_is_about_to_accept_ends_at_once()
    {
        await using var broker = new ScriptedBroker();
        var client = broker.Client();
        var connecting = client.ConnectAsync();
        var wire = await broker.AcceptAsync();
        await wire.ReceiveAsync<ConnectPacket>();
        Assert.False(await client.DisconnectAsync().Soon());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.Soon());
        Assert.Equal(ClientState.Disconnected, client.State);
    }

    private static void Quick(ClientOptions options) => options.ReconnectMaxInterval = TimeSpan.FromMilliseconds(1);

    private static async Task<SubscribePacket> GrantAsync(WireClient wire, ReasonCode granted)
    {
        var subscribe = await wire.ReceiveAsync<SubscribePacket>();
        await wire.SendAsync(new SubAckPacket { PacketId = subscribe.PacketId, Reasons = [granted] });
        return subscribe;
    }

    private static async Task AnswerAsync(WireClient wire, int packets)
    {
        for (var i = 0; i < packets; i++)
        {
            MqttPacket answer = await wire.ReceiveAsync() switch
            {
                PublishPacket publish => new PubAckPacket { PacketId = publish.PacketId },
                SubscribePacket subscribe => new SubAckPacket { PacketId = subscribe.PacketId, Reasons = [ReasonCode.Success] },
                _ => PingRespPacket.Instance,
            };
            await wire.SendAsync(answer);
        }
    }
}
