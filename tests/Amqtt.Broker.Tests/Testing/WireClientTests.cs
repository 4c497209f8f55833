using System.Net;
using System.Net.Sockets;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Amqtt.Broker.Tests.Testing;

/// <summary>The scripted client against another one that plays the broker.</summary>
public sealed class WireClientTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly WireClient _client;
    private readonly WireClient _broker;

    public WireClientTests()
    {
        var (clientEnd, brokerEnd) = DuplexStream.CreatePair();
        _client = new(clientEnd, time: _time);
        _broker = new(brokerEnd, PacketSender.Client);
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Theory]
    [InlineData(ProtocolVersion.V31)]
    [InlineData(ProtocolVersion.V311)]
    [InlineData(ProtocolVersion.V5)]
    public async Task Connects_in_each_version(ProtocolVersion version)
    {
        var connecting = _client.ConnectAsync("me", version, cleanStart: false, userName: "user", password: "secret");
        var connect = await _broker.ReceiveAsync<ConnectPacket>();
        Assert.Equal((version, "me", false, "user"), (connect.Version, connect.ClientId, connect.CleanStart, connect.UserName));
        await _broker.SendAsync(new ConnAckPacket());
        Assert.Equal(ReasonCode.Success, (await connecting).Reason);
        Assert.Equal(version, _client.Version);
        Assert.Equal(version, _broker.Version);
    }

    [Fact]
    public async Task A_refusal_is_a_failure_unless_it_is_expected()
    {
        var connecting = _client.ConnectAsync("me", ProtocolVersion.V5);
        await _broker.ReceiveAsync<ConnectPacket>();
        await _broker.SendAsync(new ConnAckPacket { Reason = ReasonCode.NotAuthorized });
        Assert.Contains("NotAuthorized", (await Assert.ThrowsAsync<WireException>(() => connecting)).Message, StringComparison.Ordinal);

        connecting = _client.ConnectAsync("me", ProtocolVersion.V5, expected: ReasonCode.NotAuthorized);
        await _broker.ReceiveAsync<ConnectPacket>();
        await _broker.SendAsync(new ConnAckPacket { Reason = ReasonCode.NotAuthorized });
        await connecting;
    }

    [Fact]
    public async Task Sends_and_expects_bytes()
    {
        await _client.SendHexAsync("C0 00");
        await _broker.ReceiveAsync<PingReqPacket>();
        await _broker.SendAsync(0xD0, 0x00);
        await _client.ExpectHexAsync("D000");
    }

    [Fact]
    public async Task Names_the_packet_that_came_instead()
    {
        await _broker.SendAsync(new PubAckPacket { PacketId = 7 });
        var e = await Assert.ThrowsAsync<WireException>(() => _client.ReceiveAsync<PubRecPacket>());
        Assert.Contains("Expected PubRec", e.Message, StringComparison.Ordinal);
        Assert.Contains("40 02 00 07", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compares_packets()
    {
        await _broker.SendAsync(new PubAckPacket { PacketId = 7 });
        await _client.ExpectAsync(new PubAckPacket { PacketId = 7 });
        await _broker.SendAsync(new PubAckPacket { PacketId = 7 });
        await Assert.ThrowsAsync<WireException>(() => _client.ExpectAsync(new PubAckPacket { PacketId = 8 }));
    }

    [Fact]
    public async Task Takes_packets_apart_however_they_arrive()
    {
        await _broker.SendHexAsync("40 02 00 01 40 02 00");
        await _client.ExpectAsync(new PubAckPacket { PacketId = 1 });
        var second = _client.ExpectAsync(new PubAckPacket { PacketId = 2 });
        await _broker.SendHexAsync("02");
        await second;

        var large = new PublishPacket { Topic = "t", Payload = new byte[50_000] };
        await _broker.SendAsync(large);
        await _client.ExpectAsync(large);
    }

    [Fact]
    public async Task Says_after_the_timeout_what_was_missing()
    {
        await _client.SendAsync(new PubRelPacket { PacketId = 9 });
        await _broker.SendHexAsync("70 02");
        var receiving = _client.ReceiveAsync<PubCompPacket>();
        _time.Advance(_client.Timeout);
        var e = await Assert.ThrowsAsync<WireException>(() => receiving);
        Assert.Contains("Expected PubComp", e.Message, StringComparison.Ordinal);
        Assert.Contains("-> 62 02 00 09", e.Message, StringComparison.Ordinal);
        Assert.Contains("incomplete: 70 02", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tells_packets_that_are_not_valid()
    {
        await _broker.SendHexAsync("40 01 00");
        var e = await Assert.ThrowsAsync<WireException>(() => _client.ReceiveAsync());
        Assert.IsType<CodecException>(e.InnerException);
    }

    [Fact]
    public async Task Expects_the_end()
    {
        await _broker.DisposeAsync();
        await _client.ExpectClosedAsync();
        await Assert.ThrowsAsync<WireException>(() => _client.ReceiveAsync());
    }

    [Fact]
    public async Task A_packet_before_the_end_is_a_failure()
    {
        await _broker.SendHexAsync("D0 00");
        await _broker.DisposeAsync();
        await Assert.ThrowsAsync<WireException>(_client.ExpectClosedAsync);
    }

    [Fact]
    public async Task Nothing_more_means_the_ping_is_answered_first()
    {
        var nothing = _client.ExpectNothingMoreAsync();
        await _broker.ReceiveAsync<PingReqPacket>();
        await _broker.SendAsync(PingRespPacket.Instance);
        await nothing;

        nothing = _client.ExpectNothingMoreAsync();
        await _broker.ReceiveAsync<PingReqPacket>();
        await _broker.SendAsync(new PublishPacket { Topic = "surprise" });
        await _broker.SendAsync(PingRespPacket.Instance);
        Assert.Contains("surprise", (await Assert.ThrowsAsync<WireException>(() => nothing)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publishes_to_the_end_of_each_flow_and_sets_other_packets_aside()
    {
        Assert.Equal(ReasonCode.Success, await _client.PublishAsync("t", "0"));
        Assert.Equal(QoS.AtMostOnce, (await _broker.ReceivePublishAsync()).QoS);

        var publishing = _client.PublishAsync("t", "1", QoS.AtLeastOnce);
        await _broker.SendAsync(new PublishPacket { Topic = "between" });
        await _broker.ExpectPublishAsync("t", "1");
        await publishing;

        publishing = _client.PublishAsync("t", "2", QoS.ExactlyOnce);
        await _broker.ExpectPublishAsync("t", "2");
        await publishing;

        Assert.Equal("between", (await _client.ReceiveAsync<PublishPacket>()).Topic);
    }

    [Fact]
    public async Task What_was_set_aside_counts_as_more()
    {
        var publishing = _client.PublishAsync("t", "1", QoS.AtLeastOnce);
        await _broker.SendAsync(new PublishPacket { Topic = "between" });
        await _broker.ExpectPublishAsync("t", "1");
        await publishing;
        await Assert.ThrowsAsync<WireException>(_client.ExpectNothingMoreAsync);
    }

    [Fact]
    public async Task Subscribes_and_unsubscribes()
    {
        var subscribing = _client.SubscribeAsync("a/#", QoS.AtLeastOnce);
        var subscribe = await _broker.ReceiveAsync<SubscribePacket>();
        Assert.Equal("a/#", Assert.Single(subscribe.Subscriptions).Filter);
        await _broker.SendAsync(new SubAckPacket { PacketId = subscribe.PacketId, Reasons = [ReasonCode.GrantedQoS1] });
        await subscribing;

        var unsubscribing = _client.UnsubscribeAsync("a/#");
        var unsubscribe = await _broker.ReceiveAsync<UnsubscribePacket>();
        await _broker.SendAsync(new UnsubAckPacket { PacketId = unsubscribe.PacketId });
        await unsubscribing;

        subscribing = _client.SubscribeAsync("b");
        subscribe = await _broker.ReceiveAsync<SubscribePacket>();
        await _broker.SendAsync(new SubAckPacket { PacketId = subscribe.PacketId, Reasons = [ReasonCode.UnspecifiedError] });
        await Assert.ThrowsAsync<WireException>(() => subscribing);
    }

    [Fact]
    public async Task Speaks_over_tcp()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var client = await WireClient.ConnectTcpAsync(listener.LocalEndpoint);
        await using var broker = new WireClient(new NetworkStream(await listener.AcceptSocketAsync(TestContext.Current.CancellationToken), ownsSocket: true), PacketSender.Client);
        await client.SendAsync(PingReqPacket.Instance);
        await broker.ReceiveAsync<PingReqPacket>();
        await broker.DisposeAsync();
        await client.ExpectClosedAsync();
    }
}
