using System.Text;
using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;
using static Amqtt.Protocol.ProtocolVersion;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Section 3.1: what a CONNECT must be, and what becomes of one that is not, in the order of P-C1.</summary>
public sealed class ConnectTests
{
    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.0-1", "v4:3.1.0-1")]
    public async Task P_C1_whoever_does_not_begin_with_CONNECT_gets_no_answer(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient watcher = await broker.ConnectAsync("watcher");
        await watcher.SubscribeAsync("#");
        string none = version.NoProperties();
        foreach (byte[] packet in new[]
        {
            Raw.Packet(0x30, $"0001 'a' {none} 'x'"), Raw.Packet(0x82, $"0001 {none} 0001 'a' 00"), Raw.Packet(0xC0), Raw.Packet(0xE0), Raw.Packet(0xF0), Raw.Packet(0x20, "0000"),
        })
        {
            WireClient client = await broker.OpenAsync(version);
            await client.SendAsync(packet);
            await client.ExpectClosedAsync();
        }

        await watcher.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.0-2", "v4:3.1.0-2", "MQTT-3.2.0-2")]
    public async Task A_second_CONNECT_ends_the_connection_and_is_never_answered_by_CONNACK(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient client = await broker.ConnectAsync("c", version);
        await client.SendAsync(new ConnectPacket { Version = version, ClientId = "c", CleanStart = true });
        await client.ExpectCutAsync(ReasonCode.ProtocolError);
        client = await broker.OpenAsync(version);
        byte[] connect = Raw.Connect(version, 0x02, $"{version.NoProperties()} 0001 'c'");
        await client.SendAsync([.. connect, .. connect]);
        Assert.Equal(ReasonCode.Success, (await client.ReceiveAsync<ConnAckPacket>()).Reason);
        await client.ExpectCutAsync(ReasonCode.ProtocolError);
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task No_observer_sees_the_password_of_a_second_CONNECT(Link link, ProtocolVersion version)
    {
        var packets = new Passwords();
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, packets);
        WireClient client = await broker.OpenAsync(version);
        for (int i = 0; i < 2; i++)
        {
            await client.SendAsync(new ConnectPacket { Version = version, ClientId = "c", CleanStart = true, UserName = "u", Password = "secret"u8.ToArray() });
            if (i == 0) await client.ReceiveAsync<ConnAckPacket>();
        }

        await client.ExpectCutAsync(ReasonCode.ProtocolError);
        await client.DisposeAsync();
        await broker.Broker.StopAsync(TestContext.Current.CancellationToken); // what is to be told has been told
        Assert.Equal(1, packets.Seen);
        Assert.Equal(0, packets.WithPassword);
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.2-1", "v4:3.1.2-1")]
    public async Task P_C1_another_protocol_name_gets_no_answer(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        foreach (string name in new[] { "0000", "0004 'mqtt'", "0004 'MQTX'", "0003 'MQT'", "0005 'MQTTT'", "0006 'MQISDP'", "0004 'AMQP'", "0005 'MQTT' 00" })
        {
            foreach (string level in new[] { "03", "04", "05", "06" })
            {
                WireClient client = await broker.OpenAsync();
                await client.SendAsync(Raw.Packet(0x10, $"{name} {level} 02 0000 {(level == "05" ? "00" : "")} 0001 'c'"));
                await client.ExpectClosedAsync();
            }
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.2-2", "v4:3.1.2-2", "v3:b")]
    public async Task P_C1_a_level_that_is_not_served_is_answered_in_the_form_of_its_own_version(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        const string Older = "20 02 00 01", Newer = "20 03 00 84 00";
        foreach ((string nameAndLevel, string withProperties) in new[]
        {
            ("0004 'MQTT' 00", Older), ("0004 'MQTT' 01", Older), ("0004 'MQTT' 03", Older), ("0006 'MQIsdp' 02", Older), ("0006 'MQIsdp' 04", Older), ("0006 'MQIsdp' 05", Older),
            ("0004 'MQTT' 06", Newer), ("0006 'MQIsdp' 84", Newer), ("0004 'MQTT' 83", Newer), ("0004 'MQTT' 85", Newer), ("0004 'MQTT' FF", Newer),
        })
        {
            foreach ((string properties, string answer) in new[] { ("", Older), ("00", withProperties) })
            {
                WireClient client = await broker.OpenAsync();
                await client.SendAsync(Raw.Packet(0x10, $"{nameAndLevel} 02 0000 {properties} 0001 'c'"));
                await client.ExpectHexAsync(answer);
                await client.ExpectClosedAsync();
            }
        }
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.2-3", "v4:3.1.2-3", "MQTT-3.1.2-11", "MQTT-3.1.2-12", "MQTT-3.1.2-13", "v4:3.1.2-11", "v4:3.1.2-13", "v4:3.1.2-14", "v4:3.1.2-15", "MQTT-3.1.2-9", "v4:3.1.2-9", "MQTT-3.1.2-16", "MQTT-3.1.2-17", "MQTT-3.1.2-18", "MQTT-3.1.2-19", "MQTT-3.1.4-1", "v4:3.1.4-1", "MQTT-3.1.4-6", "v4:3.1.4-5", "v4:3.2.2-6")]
    public async Task P_C1_a_malformed_CONNECT_is_refused_and_nothing_behind_it_is_done(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient watcher = await broker.ConnectAsync("watcher");
        await watcher.SubscribeAsync("#");
        string none = version.NoProperties();
        byte[] publish = Raw.Packet(0x30, $"0001 'a' {none} 'x'");
        (byte, string)[] unused =
        [
            (0x03, "0001 'c'"), // the reserved flag
            (0x01, "0001 'c'"),
            (0x0A, "0001 'c'"), // a will's QoS without a will
            (0x12, "0001 'c'"),
            (0x22, "0001 'c'"), // a will's RETAIN without a will
        ];
        (byte, string)[] always =
        [
            (0x1E, $"0001 'c' {none} 0001 'w' 0001 'x'"), // a will of QoS 3
            (0x06, "0001 'c'"), // no will, though flagged
            (0x06, $"0001 'c' {none} 0001 'w'"), // no will payload
            (0x06, $"0001 'c' {none} 0001 'w' 0002 'x'"), // a short one
            (0x02, $"0001 'c' {none} 0001 'w' 0001 'x'"), // a will, though not flagged
            (0x82, "0001 'c' 0002 'u'"), // a short user name
            (0xC2, "0001 'c' 0001 'u' 0002 'p'"), // a short password
            (0x02, "0001 'c' 0001 'u'"), // a user name, though not flagged
            (0x82, "0001 'c' 0001 'u' 0001 'p'"), // a password, though not flagged
            (0x02, "0001 'c' 00"), // left over
            (0x02, "0002 'c'"), // a short client id
            (0x02, ""), // none
        ];
        // To 3.1 what it does not use means nothing.
        foreach ((byte flags, string rest) in version == V31 ? always : [.. unused, .. always])
        {
            WireClient client = await broker.OpenAsync(version);
            await client.SendAsync([.. Raw.Connect(version, flags, $"{none} {rest}"), .. publish]);
            await client.ExpectMalformedConnectAsync(ReasonCode.MalformedPacket);
        }

        await watcher.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task P_C1_a_will_topic_that_is_none_is_refused(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        foreach (string topic in new[] { "0000", "0001 '#'", "0003 'a/+'", "0002 'a#'" })
        {
            WireClient client = await broker.OpenAsync(version);
            await client.SendAsync(Raw.Connect(version, 0x06, $"{version.NoProperties()} 0001 'c' {version.NoProperties()} {topic} 0001 'x'"));
            await client.ExpectMalformedConnectAsync(ReasonCode.ProtocolError);
        }
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("v4:3.1.2-22", "v4:3.1.2-18", "v4:3.1.2-19", "v4:3.1.2-20", "v4:3.1.2-21")]
    public async Task A_password_without_a_user_name_is_for_v5_only(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient client = await broker.OpenAsync(version);
        await client.SendAsync(Raw.Connect(version, 0x42, $"{version.NoProperties()} 0001 'c' 0004 00 FF C0 80")); // and need not be text
        if (version == V5) Assert.Equal(ReasonCode.Success, (await client.ReceiveAsync<ConnAckPacket>()).Reason);
        else await client.ExpectClosedAsync();
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("prose:3.1.2.11a")]
    public async Task A_property_with_a_forbidden_value_or_given_twice_is_a_protocol_error(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        foreach (string properties in new[]
        {
            "03 21 0000", // Receive Maximum 0
            "05 27 00000000", // Maximum Packet Size 0
            "02 17 02", "02 17 FF", // Request Problem Information
            "02 19 02", // Request Response Information
            "04 16 0001 FF", // Authentication Data without a method
            "0A 11 0000000A 11 0000000A", "06 21 0005 21 0005", "0A 27 00001000 27 00001000", "06 22 0005 22 0005",
            "04 17 01 17 01", "04 19 01 19 01", "08 15 0001 'M' 15 0001 'M'", "0C 15 0001 'M' 16 0001 FF 16 0001 FF",
        })
        {
            WireClient client = await broker.OpenAsync(V5);
            await client.SendAsync(Raw.Connect(V5, 0x02, $"{properties} 0001 'c'"));
            await client.ExpectMalformedConnectAsync(ReasonCode.ProtocolError);
        }

        foreach (string will in new[]
        {
            "02 01 02", // Payload Format Indicator
            "0A 18 00000001 18 00000001", "0A 02 00000001 02 00000001", "04 01 01 01 01", "08 03 0001 'x' 03 0001 'x'", "08 08 0001 'x' 08 0001 'x'",
            "08 09 0001 'x' 09 0001 'x'", "06 08 0003 'a/+'", // a Response Topic with a wildcard
        })
        {
            WireClient client = await broker.OpenAsync(V5);
            await client.SendAsync(Raw.Connect(V5, 0x06, $"00 0001 'c' {will} 0001 'w' 0001 'x'"));
            await client.ExpectMalformedConnectAsync(ReasonCode.ProtocolError);
        }
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("prose:3.1.4a")]
    public async Task P_C5_who_sends_no_complete_CONNECT_in_time_is_cut_off(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link);
        byte[] connect = Raw.Connect(version, 0x02, $"{version.NoProperties()} 0001 'c'");
        WireClient silent = await broker.OpenAsync(version);
        WireClient slow = await broker.OpenAsync(version);
        await slow.SendAsync(connect[..^1]);
        WireClient punctual = await broker.OpenAsync(version);
        await punctual.SendAsync(connect[..^1]);
        await broker.ConnectAsync("other");
        broker.Time.Advance(TimeSpan.FromSeconds(9.5));
        await punctual.SendAsync(connect[^1]);
        Assert.Equal(ReasonCode.Success, (await punctual.ReceiveAsync<ConnAckPacket>()).Reason);
        broker.Time.Advance(TimeSpan.FromSeconds(1));
        await silent.ExpectClosedAsync();
        await slow.ExpectClosedAsync();
        await punctual.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("prose:3.1.4b", "MQTT-3.2.0-1", "v4:3.2.0-1")]
    public async Task What_is_sent_right_behind_CONNECT_is_done_after_CONNACK(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, new Slow());
        WireClient client = await broker.OpenAsync(version);
        string none = version.NoProperties();
        await client.SendAsync(
        [
            .. Raw.Connect(version, 0x02, $"{none} 0001 'c'"), .. Raw.Packet(0x82, $"0001 {none} 0001 'a' 01"), .. Raw.Packet(0x32, $"0001 'a' 0002 {none} 'x'"), .. Raw.Packet(0xC0),
        ]);
        Assert.Equal(ReasonCode.Success, (await client.ReceiveAsync<ConnAckPacket>()).Reason);
        await client.ReceiveAsync<SubAckPacket>();
        await client.ReceiveAsync<PubAckPacket>();
        Assert.Equal("a", (await client.ReceiveAsync<PublishPacket>()).Topic);
        await client.ReceiveAsync<PingRespPacket>();
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.4-2", "MQTT-3.1.4-6", "v4:3.1.4-5", "MQTT-3.2.2-7", "v4:3.2.2-5")]
    public async Task P_C1_who_is_not_let_in_is_told_and_nothing_behind_the_CONNECT_is_done(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, new Slow());
        WireClient watcher = await broker.ConnectAsync("watcher");
        await watcher.SubscribeAsync("#");
        WireClient client = await broker.OpenAsync(version);
        string none = version.NoProperties();
        await client.SendAsync(
        [
            .. Raw.Connect(version, 0x86, $"{none} 0001 'c' {none} 0001 'w' 0001 'x' 0007 'mallory'"),
            .. Raw.Packet(0x32, $"0001 'a' 0002 {none} 'x'"), .. Raw.Packet(0xC0),
        ]);
        await client.ExpectRefusalAsync(ReasonCode.NotAuthorized);
        await watcher.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("prose:3.1.4c", "MQTT-3.1.4-4", "MQTT-3.1.4-5", "v4:3.1.4-3", "v4:3.1.4-4")]
    public async Task P_C22_validated_authenticated_taken_over_made_clean_acknowledged_in_this_order(Link link, ProtocolVersion version)
    {
        var events = new EventRecorder();
        var asked = new Slow();
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, asked, events);
        var will = new WillMessage { Topic = "will", Payload = "gone"u8.ToArray() };
        WireClient first = await broker.ConnectAsync("c", version, cleanStart: false, properties: Keep(version), will: will);
        await first.SubscribeAsync("queued", QoS.AtLeastOnce);
        Assert.Equal(1, asked.Count);

        WireClient invalid = await broker.OpenAsync(version);
        await invalid.SendAsync(Raw.Connect(version, 0x06, $"{version.NoProperties()} 0001 'c'"));
        await invalid.ExpectMalformedConnectAsync(ReasonCode.MalformedPacket);
        Assert.Equal(1, asked.Count); // nobody was asked about what is no CONNECT
        await first.ExpectNothingMoreAsync();

        (WireClient unknown, _) = await broker.ConnectAsync(new ConnectPacket { Version = version, ClientId = "c", CleanStart = true, UserName = "mallory" });
        await unknown.ExpectClosedAsync();
        await first.ExpectNothingMoreAsync(); // who is not let in takes nothing over

        WireClient second = await broker.ConnectAsync("c", version, cleanStart: true);
        await first.ExpectCutAsync(ReasonCode.SessionTakenOver);
        await second.ExpectNothingMoreAsync();
        await events.ExpectAsync(
            "pre_start", "post_start", "session c Created", "connected c", "subscribed c queued AtLeastOnce AtLeastOnce", "refused c NotAuthorized",
            "disconnected c SessionTakenOver", "broadcast will from c", "unsubscribed c queued SessionEnded", "session c Deleted", "session c Created", "connected c");
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task P_C1_a_full_listener_says_so_to_a_CONNECT_that_is_right_otherwise(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxConnections = 1);
        await broker.ConnectAsync("first");
        WireClient client = await broker.OpenAsync(version);
        await client.SendAsync(new ConnectPacket { Version = version, ClientId = new string('c', 300), CleanStart = true });
        await client.ExpectRefusalAsync(ReasonCode.ClientIdentifierNotValid);
        client = await broker.OpenAsync(version);
        await client.SendAsync(new ConnectPacket { Version = version, ClientId = "second", CleanStart = true });
        await client.ExpectRefusalAsync(ReasonCode.QuotaExceeded);
    }

    private static MqttProperties? Keep(ProtocolVersion version) => version == V5 ? new MqttProperties { SessionExpiryInterval = 100 } : null;

    /// <summary>Lets everybody in but Mallory, and never answers at once.</summary>
    private sealed class Slow : BaseAuthPlugin
    {
        private int _count;

        public int Count => _count;

        public override async ValueTask<Decision> AuthenticateAsync(AuthenticateContext context)
        {
            Interlocked.Increment(ref _count);
            string? name = context.UserName;
            await Task.Yield();
            return name == "mallory" ? Decision.Deny() : Decision.Allow;
        }
    }

    private sealed class Passwords : BrokerPlugin
    {
        public int Seen { get; private set; }

        public int WithPassword { get; private set; }

        public override ValueTask OnMqttPacketReceivedAsync(PacketReceivedEvent e, CancellationToken cancel)
        {
            if (e.Packet is not ConnectPacket connect) return default;
            Seen++;
            if (connect.Password is { } password && Encoding.UTF8.GetString(password.Span) == "secret") WithPassword++;
            return default;
        }
    }
}
