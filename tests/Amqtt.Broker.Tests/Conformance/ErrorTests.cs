using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;
using static Amqtt.Protocol.ProtocolVersion;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Sections 4.2 and 4.13 (4.8 of 3.1.1): a client's errors end its connection, with the right reason, and nothing else. The folder Hostile has 300 more of them.</summary>
public sealed class ErrorTests
{
    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-4.13.1-1", "MQTT-4.13.2-1", "v4:4.8.0-1", "prose:4.13a")]
    public async Task An_error_ends_the_connection_with_its_reason_and_touches_nobody_else(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        string none = version.NoProperties();
        WireClient witness = await broker.ConnectAsync("witness", version, cleanStart: false);
        await witness.SubscribeAsync("a", QoS.AtLeastOnce);
        foreach ((byte[] packet, ReasonCode reason) in new[]
        {
            (Raw.Packet(0x00), ReasonCode.MalformedPacket), (Raw.Packet(0x36, $"0001 'a' 0001 {none}"), ReasonCode.MalformedPacket), (Raw.Packet(0x60, "0001"), ReasonCode.MalformedPacket),
            (Raw.Packet(0xC0, "00"), ReasonCode.MalformedPacket), (Raw.Packet(0x40, "00"), ReasonCode.MalformedPacket), (Raw.Packet(0x30, "0005 'a'"), ReasonCode.MalformedPacket),
            (Raw.Packet(0x20, $"0000 {none}"), ReasonCode.ProtocolError), (Raw.Packet(0x90, $"0001 {none} 00"), ReasonCode.ProtocolError), (Raw.Packet(0xB0, $"0001 {none} {none}"), ReasonCode.ProtocolError),
            (Raw.Packet(0xD0), ReasonCode.ProtocolError), (Raw.Packet(0x82, $"0001 {none}"), ReasonCode.ProtocolError), (Raw.Packet(0xA2, $"0001 {none}"), ReasonCode.ProtocolError),
        })
        {
            WireClient client = await broker.ConnectAsync("c", version);
            await client.SendAsync([.. packet, .. Raw.Packet(0x30, $"0001 'a' {none} 'after'")]);
            await client.ExpectCutAsync(reason);
        }

        await witness.PublishAsync("a", "x", QoS.AtLeastOnce);
        await witness.ExpectPublishAsync("a", "x");
        await witness.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("prose:4.13a")]
    public async Task V5_an_acknowledgement_that_refuses_concerns_one_packet(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxTopicLength = 10, new Denies());
        WireClient client = await broker.ConnectAsync("c", V5);
        await client.SubscribeAsync("a");
        Assert.Equal(ReasonCode.NotAuthorized, await client.PublishAsync("no", "x", QoS.AtLeastOnce));
        Assert.Equal(ReasonCode.NotAuthorized, await client.PublishAsync("no", "x", QoS.ExactlyOnce));
        Assert.Equal(ReasonCode.TopicNameInvalid, await client.PublishAsync("12345678901", "x", QoS.AtLeastOnce));
        await client.SendAsync(new SubscribePacket { PacketId = 99, Subscriptions = [new("no", default), new("yes", default)] });
        Assert.Equal([ReasonCode.NotAuthorized, ReasonCode.Success], (await client.ReceiveAsync<SubAckPacket>()).Reasons);
        await client.PublishAsync("a", "x");
        await client.ExpectPublishAsync("a", "x");
        await client.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("v4:4.8.0-2")]
    public async Task A_failure_that_is_not_the_clients_is_told_to_v5_and_ends_older_connections_without_an_acknowledgement(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, new Denies());
        WireClient watcher = await broker.ConnectAsync("watcher");
        await watcher.SubscribeAsync("#");
        WireClient client = await broker.ConnectAsync("c", version);
        await client.SendAsync(new PublishPacket { Topic = "fault", QoS = QoS.AtLeastOnce, PacketId = 1 });
        if (version == V5) Assert.Equal(ReasonCode.ImplementationSpecificError, (await client.ReceiveAsync<PubAckPacket>()).Reason);
        else await client.ExpectClosedAsync();
        await watcher.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-4.2.0-1", "v4:7.1.1-1")]
    public async Task Bytes_arrive_in_order_and_none_is_lost_in_both_directions(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxOutputBytes = 64 * 1024 * 1024);
        WireClient client = await broker.ConnectAsync("c", version);
        await client.SubscribeAsync("a");
        var random = new Random(1);
        var payloads = new List<byte[]>();
        for (int i = 0; i < 200; i++)
        {
            byte[] payload = new byte[random.Next(20_000)];
            random.NextBytes(payload);
            payloads.Add(payload);
        }

        Task sending = SendAllAsync();
        foreach (byte[] payload in payloads) Assert.Equal(payload, (await client.ReceiveAsync<PublishPacket>()).Payload.ToArray());
        await sending;

        async Task SendAllAsync()
        {
            foreach (byte[] payload in payloads) await client.SendAsync(new PublishPacket { Topic = "a", Payload = payload });
        }
    }

    /// <summary>Denies the topic <c>no</c>, and fails at the topic <c>fault</c>.</summary>
    private sealed class Denies : BaseTopicPlugin
    {
        public override ValueTask<Decision> FilterTopicAsync(TopicContext context) => context.Topic switch
        {
            "no" => Decision.Deny(),
            "fault" => throw new InvalidOperationException("the plugin's own fault"),
            _ => Decision.Allow,
        };
    }
}
