using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;
using static Amqtt.Protocol.ProtocolVersion;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Sections 3.1.2.4, 3.1.4 and 4.1: sessions begin, go on with all their state, are taken over and end.</summary>
public sealed class SessionTests
{
    private static readonly MqttProperties Keep = new() { SessionExpiryInterval = 100 };

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.2-4", "MQTT-3.1.2-5", "MQTT-3.1.2-6", "MQTT-3.2.2-2", "MQTT-3.2.2-3", "v4:3.1.2-4", "v4:3.1.2-6", "v4:3.2.2-1", "v4:3.2.2-2", "v4:3.2.2-3", "MQTT-3.1.3-2", "v4:3.1.3-2", "v4:3.1.4-3", "v3:d")]
    public async Task A_session_goes_on_only_if_there_is_one_and_no_clean_start_was_asked_for(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        bool known = version != V31; // which cannot say so
        foreach ((string id, bool cleanStart, bool present) in new[]
        {
            ("c", false, false), // there is none
            ("c", false, true),
            ("C", false, false), // another client
            ("c", false, true),
            ("c", true, false), // thrown away
            ("c", false, version == V5), // before 5.0 a clean session also ends with its connection
            ("c", true, false),
        })
        {
            WireClient client = await broker.OpenAsync(version);
            ConnAckPacket answer = await client.ConnectAsync(id, version, cleanStart, properties: version == V5 ? Keep : null);
            Assert.Equal(present && known, answer.SessionPresent);
            await client.PublishAsync("a", "x");
            if (present) await client.ExpectPublishAsync("a", "x"); // the subscription is there
            await client.ExpectNothingMoreAsync();
            await client.SubscribeAsync("a");
            await client.DisconnectAsync();
        }
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.2-5", "MQTT-3.1.2-23", "v4:3.1.2-4", "v4:3.1.2-5", "MQTT-4.1.0-1", "v4:4.1.0-1", "v4:4.1.0-2", "prose:4.1a")]
    public async Task All_of_its_state_outlives_the_connection(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxInflight = 2);
        MqttProperties? keep = version == V5 ? Keep : null;
        WireClient client = await broker.ConnectAsync("c", version, cleanStart: false, keep);
        WireClient publisher = await broker.ConnectAsync("p", version);
        await client.SendAsync(new SubscribePacket
        {
            PacketId = 1,
            Subscriptions = [new("a", new() { QoS = QoS.ExactlyOnce }), new("b/#", new() { QoS = QoS.AtLeastOnce })],
            Properties = version == V5 ? new MqttProperties { SubscriptionIdentifiers = [7] } : MqttProperties.Empty,
        });
        await client.ReceiveAsync<SubAckPacket>();
        // What it sent and has not released.
        await client.SendAsync(new PublishPacket { Topic = "x", Payload = "x"u8.ToArray(), QoS = QoS.ExactlyOnce, PacketId = 9 });
        await client.ReceiveAsync<PubRecPacket>();
        // What it was sent and has not acknowledged, and what it received and has not completed.
        await publisher.PublishAsync("a", "received", QoS.ExactlyOnce);
        PublishPacket received = await client.ReceiveAsync<PublishPacket>();
        await client.SendAsync(new PubRecPacket { PacketId = received.PacketId });
        await client.ExpectAsync(new PubRelPacket { PacketId = received.PacketId });
        await publisher.PublishAsync("a", "in flight", QoS.AtLeastOnce);
        PublishPacket inflight = await client.ReceiveAsync<PublishPacket>();
        // What waits behind the window, and what comes while it is away; QoS 0 is not kept.
        await publisher.PublishAsync("a", "waits", QoS.AtLeastOnce);
        await client.DisconnectAsync();
        await publisher.PublishAsync("a", "not kept");
        await publisher.PublishAsync("b/1", "away", QoS.ExactlyOnce);

        client = await broker.ConnectAsync("c", version, cleanStart: false, keep);
        await client.ExpectAsync(new PubRelPacket { PacketId = received.PacketId });
        PublishPacket again = await client.ReceiveAsync<PublishPacket>();
        Assert.Equal((inflight.PacketId, true, "in flight"), (again.PacketId, again.Dup, Text(again)));
        await client.ExpectNothingMoreAsync(); // two are in flight
        await client.SendAsync(new PubCompPacket { PacketId = received.PacketId });
        PublishPacket waited = await client.ExpectPublishAsync("a", "waits");
        Assert.False(waited.Dup);
        await client.SendAsync(new PubAckPacket { PacketId = again.PacketId });
        PublishPacket away = await client.ExpectPublishAsync("b/1", "away");
        Assert.Equal(QoS.AtLeastOnce, away.QoS);
        if (version == V5) Assert.Equal([7u], away.Properties.SubscriptionIdentifiers);
        // Its own message is still known: sent again it is acknowledged and passed on to nobody.
        WireClient watcher = await broker.ConnectAsync("w", version);
        await watcher.SubscribeAsync("x");
        await client.SendAsync(new PublishPacket { Topic = "x", Payload = "x"u8.ToArray(), QoS = QoS.ExactlyOnce, PacketId = 9, Dup = true });
        await client.ExpectAsync(new PubRecPacket { PacketId = 9 });
        await client.SendAsync(new PubRelPacket { PacketId = 9 });
        await client.ExpectAsync(new PubCompPacket { PacketId = 9 });
        await watcher.ExpectNothingMoreAsync();
        await client.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("v4:3.1.2-6", "MQTT-3.1.2-4", "MQTT-4.1.0-2")]
    public async Task P_C24_nothing_of_a_session_that_ends_with_its_connection_is_seen_again(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("p", version);
        WireClient client = await broker.ConnectAsync("c", version); // clean, and no expiry
        await client.SubscribeAsync("a", QoS.ExactlyOnce);
        await publisher.PublishAsync("a", "unacknowledged", QoS.ExactlyOnce);
        await client.ReceiveAsync<PublishPacket>();
        await client.SendAsync(new PublishPacket { Topic = "x", QoS = QoS.ExactlyOnce, PacketId = 9 });
        await client.ReceiveAsync<PubRecPacket>();
        await client.DisconnectAsync();
        await publisher.PublishAsync("a", "missed", QoS.ExactlyOnce);
        client = await broker.OpenAsync(version);
        Assert.False((await client.ConnectAsync("c", version, cleanStart: false)).SessionPresent);
        await client.ExpectNothingMoreAsync();
        await client.SendAsync(new PubRelPacket { PacketId = 9 });
        Assert.Equal(version == V5 ? ReasonCode.PacketIdentifierNotFound : ReasonCode.Success, (await client.ReceiveAsync<PubCompPacket>()).Reason);
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("v4:3.1.2-7", "prose:4.1b")]
    public async Task Retained_messages_are_not_part_of_it(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient client = await broker.ConnectAsync("c", version);
        await client.PublishAsync("a", "kept", QoS.AtLeastOnce, retain: true);
        await client.DisconnectAsync();
        await (await broker.ConnectAsync("c", version)).DisconnectAsync();
        WireClient other = await broker.ConnectAsync("other", version);
        await other.SubscribeAsync("a");
        Assert.True((await other.ExpectPublishAsync("a", "kept")).Retain);
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.4-3", "v4:3.1.4-2", "MQTT-3.1.4-5", "v4:3.1.4-4")]
    public async Task P_C4_a_second_connection_takes_the_client_id_over(Link link, ProtocolVersion version)
    {
        var events = new EventRecorder();
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, events);
        MqttProperties? keep = version == V5 ? Keep : null;
        WireClient publisher = await broker.ConnectAsync("p", version);
        WireClient first = await broker.ConnectAsync("c", version, cleanStart: false, keep);
        await first.SubscribeAsync("a", QoS.AtLeastOnce);
        WireClient second = await broker.OpenAsync(version);
        Assert.Equal(version != V31, (await second.ConnectAsync("c", version, cleanStart: false, properties: keep)).SessionPresent);
        await first.ExpectCutAsync(ReasonCode.SessionTakenOver);
        await publisher.PublishAsync("a", "1", QoS.AtLeastOnce);
        await second.ExpectPublishAsync("a", "1");
        WireClient third = await broker.OpenAsync(version);
        Assert.False((await third.ConnectAsync("c", version, cleanStart: true, properties: keep)).SessionPresent);
        await second.ExpectCutAsync(ReasonCode.SessionTakenOver);
        await third.SubscribeAsync("a");
        await publisher.PublishAsync("a", "2");
        await third.ExpectPublishAsync("a", "2");
        await third.ExpectNothingMoreAsync();
        List<string> all = await events.TakeUntilAsync("subscribed c a AtMostOnce AtMostOnce");
        Assert.Equal(
            ["session c Created", "connected c", "disconnected c SessionTakenOver", "session c TakenOver", "connected c", "disconnected c SessionTakenOver", "session c Deleted", "session c Created", "connected c"],
            all.Where(static e => e.EndsWith(" c", StringComparison.Ordinal) || e.StartsWith("session c", StringComparison.Ordinal) || e.StartsWith("disconnected c", StringComparison.Ordinal)));
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.4-3")]
    public async Task Many_connections_with_one_client_id_leave_exactly_one(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        var clients = new List<WireClient>();
        for (int i = 0; i < 20; i++) clients.Add(await broker.OpenAsync(V5));
        // All at once; each is answered, and all but one are told that another came.
        await Task.WhenAll(clients.Select(static c => c.ConnectAsync("c", V5, cleanStart: false, properties: Keep)));
        WireClient last = await broker.ConnectAsync("c", V5, cleanStart: false, Keep);
        foreach (WireClient client in clients) await client.ExpectCutAsync(ReasonCode.SessionTakenOver);
        await last.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task Clients_of_different_versions_share_the_session_of_an_id(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient client = await broker.ConnectAsync("c", V311, cleanStart: false);
        await client.SubscribeAsync("a", QoS.AtLeastOnce);
        await client.DisconnectAsync();
        WireClient publisher = await broker.ConnectAsync("p", V5);
        await publisher.PublishAsync("a", "1", QoS.AtLeastOnce, properties: new MqttProperties { ContentType = "t", UserProperties = [new("k", "v")] });
        client = await broker.OpenAsync(V5);
        Assert.True((await client.ConnectAsync("c", V5, cleanStart: false, properties: Keep)).SessionPresent);
        PublishPacket message = await client.ExpectPublishAsync("a", "1");
        Assert.Equal("t", message.Properties.ContentType);
        await client.DisconnectAsync();
        await publisher.PublishAsync("a", "2", QoS.AtLeastOnce, properties: new MqttProperties { ContentType = "t" });
        client = await broker.ConnectAsync("c", V31, cleanStart: false);
        await client.ExpectPublishAsync("a", "2");
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("prose:3.1.2.11b", "prose:4.1b")]
    public async Task What_belongs_to_a_connection_does_not_outlive_it(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        bool isV5 = version == V5;
        MqttProperties? narrow = isV5 ? new MqttProperties { SessionExpiryInterval = 100, ReceiveMaximum = 1, MaximumPacketSize = 40 } : null;
        WireClient client = await broker.ConnectAsync("c", version, cleanStart: false, narrow);
        WireClient publisher = await broker.ConnectAsync("p", V5);
        await client.SubscribeAsync("a", QoS.AtLeastOnce);
        if (isV5)
        {
            await client.SendAsync(Raw.Packet(0x30, "0001 'z' 03 23 0001 'x'")); // an alias
            for (int i = 0; i < 3; i++) await publisher.PublishAsync("a", $"{i}", QoS.AtLeastOnce);
            await client.ReceiveAsync<PublishPacket>();
            await client.ExpectNothingMoreAsync();
        }

        await client.DisconnectAsync();
        await publisher.PublishAsync("a", new string('x', 100), QoS.AtLeastOnce);
        client = await broker.ConnectAsync("c", version, cleanStart: false, isV5 ? Keep : null);
        if (isV5)
        {
            for (int i = 0; i < 3; i++) Assert.Equal($"{i}", Text(await client.ReceiveAsync<PublishPacket>())); // the quota is that of this connection
        }

        Assert.Equal(100, (await client.ReceiveAsync<PublishPacket>()).Payload.Length); // and so is the size
        if (!isV5) return;
        await client.SendAsync(Raw.Packet(0x30, "0000 03 23 0001 'x'"));
        await client.ExpectCutAsync(ReasonCode.ProtocolError); // the alias is unknown
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task P_C22_a_client_that_acknowledges_nothing_is_served_all_the_same(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxInflight = 1);
        MqttProperties? keep = version == V5 ? Keep : null;
        WireClient client = await broker.ConnectAsync("c", version, cleanStart: false, keep);
        await client.SubscribeAsync("a", QoS.ExactlyOnce);
        await client.DisconnectAsync();
        WireClient publisher = await broker.ConnectAsync("p");
        for (int i = 0; i < 3; i++) await publisher.PublishAsync("a", $"{i}", QoS.ExactlyOnce);
        client = await broker.ConnectAsync("c", version, cleanStart: false, keep);
        Assert.Equal("0", Text(await client.ReceiveAsync<PublishPacket>()));
        await client.SubscribeAsync("b", QoS.AtMostOnce);
        await client.PublishAsync("b", "own", QoS.ExactlyOnce);
        await client.ExpectPublishAsync("b", "own");
        await client.UnsubscribeAsync("b");
        await client.ExpectNothingMoreAsync();
    }

    private static string Text(PublishPacket message) => System.Text.Encoding.UTF8.GetString(message.Payload.Span);
}
