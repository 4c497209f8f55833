using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;
using static Amqtt.Protocol.ProtocolVersion;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Sections 3.1.2.10, 3.2.2.3.14 and 3.12: keep-alive and pings.</summary>
public sealed class KeepAliveTests
{
    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.2-22", "v4:3.1.2-24", "MQTT-3.2.2-22")]
    public async Task P_C5_silence_for_one_and_a_half_keep_alives_is_allowed_and_longer_is_not(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link);
        WireClient client = await broker.ConnectAsync("c", version, keepAlive: 10);
        broker.Time.Advance(TimeSpan.FromSeconds(15));
        await client.ExpectNothingMoreAsync(); // which pings
        broker.Time.Advance(TimeSpan.FromSeconds(15));
        await client.ExpectNothingMoreAsync();
        broker.Time.Advance(TimeSpan.FromSeconds(15.5));
        await client.ExpectCutAsync(ReasonCode.KeepAliveTimeout);
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task P_C5_the_configured_delay_is_added(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link, static options => options.TimeoutDisconnectDelay = TimeSpan.FromSeconds(4));
        WireClient client = await broker.ConnectAsync("c", version, keepAlive: 10);
        broker.Time.Advance(TimeSpan.FromSeconds(19));
        await client.ExpectNothingMoreAsync();
        broker.Time.Advance(TimeSpan.FromSeconds(19.5));
        await client.ExpectCutAsync(ReasonCode.KeepAliveTimeout);
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.2-22")]
    public async Task Any_packet_of_the_client_counts_and_none_of_the_broker(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link);
        string none = version.NoProperties();
        WireClient client = await broker.ConnectAsync("c", version, keepAlive: 10);
        foreach (byte[] packet in new[]
        {
            Raw.Packet(0xC0), Raw.Packet(0x82, $"0001 {none} 0001 'a' 00"), Raw.Packet(0x30, $"0001 'a' {none}"), Raw.Packet(0x32, $"0001 'b' 0001 {none}"),
            Raw.Packet(0xA2, $"0001 {none} 0001 'b'"), Raw.Packet(0x50, "0009"), Raw.Packet(0x62, "0009"),
        })
        {
            broker.Time.Advance(TimeSpan.FromSeconds(14));
            await client.SendAsync(packet);
            await client.ReceiveAsync(); // all of them are answered, the QoS 0 message by itself
        }

        // QoS 0 messages go to it all the time, and it says nothing.
        WireClient publisher = await broker.ConnectAsync("p");
        for (int i = 0; i < 3; i++)
        {
            broker.Time.Advance(TimeSpan.FromSeconds(5));
            await publisher.PublishAsync("a", $"{i}");
            await client.ExpectPublishAsync("a", $"{i}");
        }

        broker.Time.Advance(TimeSpan.FromSeconds(1));
        await client.ExpectCutAsync(ReasonCode.KeepAliveTimeout);
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("prose:3.1.2.10a")]
    public async Task Zero_switches_it_off(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link, static options => options.Limits.MaxKeepAlive = Timeout.InfiniteTimeSpan);
        WireClient client = await broker.OpenAsync(version);
        ConnAckPacket answer = await client.ConnectAsync("c", version, keepAlive: 0);
        Assert.Null(answer.Properties.ServerKeepAlive);
        broker.Time.Advance(TimeSpan.FromHours(1));
        await client.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.2.2-22", "MQTT-3.1.2-21", "MQTT-3.2.2-21")]
    public async Task V5_a_keep_alive_that_is_off_or_too_long_is_replaced_announced_and_enforced(Link link)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link, static options => options.Limits.MaxKeepAlive = TimeSpan.FromSeconds(20));
        foreach ((ushort asked, ushort? announced, double limit) in new[] { ((ushort)20, (ushort?)null, 30.0), ((ushort)21, (ushort)20, 30), ((ushort)0, (ushort)20, 30), (ushort.MaxValue, (ushort)20, 30), ((ushort)8, null, 12) })
        {
            WireClient client = await broker.OpenAsync(V5);
            ConnAckPacket answer = await client.ConnectAsync("c", V5, keepAlive: asked);
            Assert.Equal(announced, answer.Properties.ServerKeepAlive);
            broker.Time.Advance(TimeSpan.FromSeconds(limit));
            await client.ExpectNothingMoreAsync();
            broker.Time.Advance(TimeSpan.FromSeconds(limit + 0.5));
            await client.ExpectCutAsync(ReasonCode.KeepAliveTimeout);
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task Before_v5_the_clients_own_keep_alive_stands_whatever_the_limit(Link link)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link, static options => options.Limits.MaxKeepAlive = TimeSpan.FromSeconds(20));
        foreach (ProtocolVersion version in new[] { V31, V311 })
        {
            WireClient client = await broker.ConnectAsync("c", version, keepAlive: 100);
            WireClient off = await broker.ConnectAsync("off", version, keepAlive: 0);
            broker.Time.Advance(TimeSpan.FromSeconds(150));
            await client.ExpectNothingMoreAsync();
            broker.Time.Advance(TimeSpan.FromSeconds(150.5));
            await client.ExpectCutAsync(ReasonCode.KeepAliveTimeout);
            await off.ExpectNothingMoreAsync();
        }
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.2-22", "v4:3.1.2-24")]
    public async Task A_resumed_session_has_the_keep_alive_of_its_newest_CONNECT(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link);
        MqttProperties? keep = version == V5 ? new MqttProperties { SessionExpiryInterval = 1000 } : null;
        WireClient client = await broker.ConnectAsync("c", version, cleanStart: false, keep, keepAlive: 10);
        await client.DisconnectAsync();
        client = await broker.ConnectAsync("c", version, cleanStart: false, keep, keepAlive: 100);
        broker.Time.Advance(TimeSpan.FromSeconds(149));
        await client.ExpectNothingMoreAsync();
        await client.DisconnectAsync();
        client = await broker.ConnectAsync("c", version, cleanStart: false, keep, keepAlive: 2);
        await client.ExpectNothingMoreAsync(); // the silence begins here
        broker.Time.Advance(TimeSpan.FromSeconds(3.5));
        await client.ExpectCutAsync(ReasonCode.KeepAliveTimeout);
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.12.4-1", "v4:3.12.4-1")]
    public async Task Every_PINGREQ_has_its_PINGRESP(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient client = await broker.ConnectAsync("c", version);
        await client.SendHexAsync("C0 00 C0 00 C0 00");
        await client.ExpectHexAsync("D0 00 D0 00 D0 00");
        await client.SendHexAsync("C0");
        await client.SendHexAsync("00");
        await client.ExpectHexAsync("D0 00");
        await client.ExpectNothingMoreAsync();
    }
}
