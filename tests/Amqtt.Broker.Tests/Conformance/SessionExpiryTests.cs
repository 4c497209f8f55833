using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;
using static Amqtt.Protocol.ProtocolVersion;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Sections 3.1.2.11.2 and 3.14.2.2.2: how long a session outlives its connection.</summary>
public sealed class SessionExpiryTests
{
    private static readonly MqttProperties Keep = new() { SessionExpiryInterval = 100 };

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.2-23", "MQTT-4.1.0-2")]
    public async Task V5_the_session_lives_as_long_as_the_expiry_says_and_no_longer(Link link)
    {
        foreach ((uint? expiry, double away, bool present) in new (uint?, double, bool)[]
        {
            (null, 0, false), (0u, 0, false), (1u, 0.5, true), (1u, 1.5, false), (100u, 99.5, true), (100u, 100.5, false), (uint.MaxValue, 7200, true),
        })
        {
            await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link);
            WireClient other = await broker.ConnectAsync("other");
            WireClient client = await broker.ConnectAsync("c", V5, properties: new MqttProperties { SessionExpiryInterval = expiry });
            await client.DisconnectAsync();
            await other.ExpectNothingMoreAsync();
            broker.Time.Advance(TimeSpan.FromSeconds(away));
            client = await broker.OpenAsync(V5);
            Assert.Equal(present, (await client.ConnectAsync("c", V5, cleanStart: false)).SessionPresent);
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-4.1.0-1", "MQTT-4.1.0-2")]
    public async Task V5_the_time_counts_from_the_end_of_each_connection_and_not_while_there_is_one(Link link)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link);
        WireClient other = await broker.ConnectAsync("other");
        for (int i = 0; i < 3; i++)
        {
            WireClient client = await broker.OpenAsync(V5);
            Assert.Equal(i > 0, (await client.ConnectAsync("c", V5, cleanStart: false, properties: new MqttProperties { SessionExpiryInterval = 10 })).SessionPresent);
            broker.Time.Advance(TimeSpan.FromMinutes(1));
            await client.ExpectNothingMoreAsync();
            await client.DisconnectAsync();
            await other.ExpectNothingMoreAsync();
            broker.Time.Advance(TimeSpan.FromSeconds(9));
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-4.1.0-2")]
    public async Task V4_a_persistent_session_lives_for_ever_or_as_long_as_the_broker_is_told(Link link)
    {
        foreach ((double? seconds, bool present) in new (double?, bool)[] { (null, true), (7201, true), (7199, false) })
        {
            await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link, options => options.SessionExpiryInterval = seconds is { } s ? TimeSpan.FromSeconds(s) : Timeout.InfiniteTimeSpan);
            WireClient other = await broker.ConnectAsync("other");
            await (await broker.ConnectAsync("c", cleanStart: false)).DisconnectAsync();
            await other.ExpectNothingMoreAsync();
            broker.Time.Advance(TimeSpan.FromHours(2));
            WireClient client = await broker.OpenAsync();
            Assert.Equal(present, (await client.ConnectAsync("c", cleanStart: false)).SessionPresent);
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("prose:3.2.2.3a")]
    public async Task V5_an_expiry_that_is_shortened_is_announced_and_is_what_counts(Link link)
    {
        foreach ((uint? asked, uint? announced) in new (uint?, uint?)[] { (null, null), (0, null), (59, null), (60, null), (61, 60), (uint.MaxValue, 60) })
        {
            await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link, static options => options.Limits.MaxSessionExpiry = TimeSpan.FromSeconds(60));
            WireClient other = await broker.ConnectAsync("other");
            WireClient client = await broker.OpenAsync(V5);
            ConnAckPacket answer = await client.ConnectAsync("c", V5, properties: new MqttProperties { SessionExpiryInterval = asked });
            Assert.Equal(announced, answer.Properties.SessionExpiryInterval);
            await client.DisconnectAsync();
            await other.ExpectNothingMoreAsync();
            broker.Time.Advance(TimeSpan.FromSeconds(60.5));
            client = await broker.OpenAsync(V5);
            Assert.False((await client.ConnectAsync("c", V5, cleanStart: false)).SessionPresent);
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("prose:3.14.2.2b")]
    public async Task V5_the_expiry_of_a_DISCONNECT_replaces_that_of_CONNECT(Link link)
    {
        foreach ((uint connect, uint? disconnect, int away, bool present) in new (uint, uint?, int, bool)[]
        {
            (100, null, 99, true), (100, null, 101, false), (100, 0, 0, false), (100, 10, 9, true), (100, 10, 11, false), (10, 100, 99, true), (10, 100, 101, false), (10, uint.MaxValue, 3600, true), (0, 0, 0, false),
        })
        {
            await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link);
            WireClient other = await broker.ConnectAsync("other");
            WireClient client = await broker.ConnectAsync("c", V5, properties: new MqttProperties { SessionExpiryInterval = connect });
            await client.DisconnectAsync(properties: new MqttProperties { SessionExpiryInterval = disconnect });
            await other.ExpectNothingMoreAsync();
            broker.Time.Advance(TimeSpan.FromSeconds(away));
            client = await broker.OpenAsync(V5);
            Assert.Equal(present, (await client.ConnectAsync("c", V5, cleanStart: false)).SessionPresent);
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("prose:3.14.2.2a")]
    public async Task V5_a_DISCONNECT_cannot_make_a_session_last_that_was_not_meant_to(Link link)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link);
        WireClient watcher = await broker.ConnectAsync("watcher");
        await watcher.SubscribeAsync("w");
        foreach (uint? connect in new uint?[] { null, 0 })
        {
            WireClient client = await broker.ConnectAsync(
                "c", V5, properties: new MqttProperties { SessionExpiryInterval = connect }, will: new WillMessage { Topic = "w", Payload = "gone"u8.ToArray() });
            await client.SendAsync(new DisconnectPacket { Properties = Keep });
            await client.ExpectCutAsync(ReasonCode.ProtocolError);
            await watcher.ExpectPublishAsync("w", "gone"); // it was no DISCONNECT
            client = await broker.OpenAsync(V5);
            Assert.False((await client.ConnectAsync("c", V5, cleanStart: false)).SessionPresent);
        }
    }
}
