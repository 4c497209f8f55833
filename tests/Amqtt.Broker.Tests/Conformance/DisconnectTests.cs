using Amqtt.Broker.Configuration;
using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;
using static Amqtt.Protocol.ProtocolVersion;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Section 3.14: DISCONNECT, the client's and the broker's.</summary>
public sealed class DisconnectTests
{
    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("prose:3.14.4a", "MQTT-3.14.4-1", "MQTT-3.14.4-2", "v4:3.14.4-1", "v4:3.14.4-2")]
    public async Task The_broker_closes_on_it_and_does_nothing_that_follows(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient watcher = await broker.ConnectAsync("watcher");
        await watcher.SubscribeAsync("a");
        WireClient client = await broker.ConnectAsync("c", version);
        await client.SendAsync([.. Raw.Packet(0xE0), .. Raw.Packet(0x30, $"0001 'a' {version.NoProperties()} 'x'"), .. Raw.Packet(0xC0)]);
        await client.ExpectClosedAsync();
        await watcher.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task What_came_before_it_in_one_segment_is_answered_first(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient client = await broker.ConnectAsync("c", version);
        await client.SendAsync([.. Raw.Packet(0x32, $"0001 'a' 0001 {version.NoProperties()} 'x'"), .. Raw.Packet(0xC0), .. Raw.Packet(0xE0)]);
        await client.ReceiveAsync<PubAckPacket>();
        await client.ReceiveAsync<PingRespPacket>();
        await client.ExpectClosedAsync();
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.14.2-1")]
    public async Task V5_the_reasons_of_a_client_are_accepted_and_no_others(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        // Those of the table of section 3.14.2.1; 0x8C is in the general table only, and 0x9B in the prose of section 3.2.2.3.4.
        byte[] accepted = [0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x8C, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9B];
        for (int reason = 0; reason < 256; reason++)
        {
            WireClient client = await broker.ConnectAsync("c", V5);
            await client.SendAsync(0xE0, 0x01, (byte)reason);
            if (accepted.Contains((byte)reason)) await client.ExpectClosedAsync();
            else await client.ExpectCutAsync(ReasonCode.ProtocolError);
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.14.1-1", "v4:3.14.1-1")]
    public async Task A_malformed_one_is_none(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient watcher = await broker.ConnectAsync("watcher");
        await watcher.SubscribeAsync("w");
        foreach ((ProtocolVersion version, string packet) in new[]
        {
            (V31, "E1 00"), (V311, "E8 00"), (V5, "E2 00"), (V31, "E0 01 00"), (V311, "E0 01 00"), (V311, "E0 02 00 00"), (V5, "E0 03 00 01 00"), (V5, "E0 03 00 00 00"),
        })
        {
            WireClient client = await broker.ConnectAsync("c", version, will: new WillMessage { Topic = "w", Payload = "gone"u8.ToArray() });
            await client.SendHexAsync(packet);
            await client.ExpectCutAsync(ReasonCode.MalformedPacket);
            await watcher.ExpectPublishAsync("w", "gone"); // it did not discard the will
        }
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.14.0-1")]
    public async Task There_is_none_of_the_brokers_before_CONNACK(Link link, ProtocolVersion version)
    {
        var plugin = new Never();
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, plugin);
        WireClient malformed = await broker.OpenAsync(version);
        await malformed.SendAsync(Raw.Connect(version, 0x06, $"{version.NoProperties()} 0001 'c'"));
        await malformed.ExpectMalformedConnectAsync(ReasonCode.MalformedPacket);
        WireClient waiting = await broker.OpenAsync(version);
        await waiting.SendAsync(Raw.Connect(version, 0x82, $"{version.NoProperties()} 0001 'c' 0004 'wait'"));
        await plugin.Asked.Task;
        WireClient silent = await broker.OpenAsync(version);
        WireClient connected = await broker.ConnectAsync("connected", version);
        Task stopped = broker.Broker.StopAsync(TestContext.Current.CancellationToken);
        await connected.ExpectCutAsync(ReasonCode.ServerShuttingDown);
        await silent.ExpectClosedAsync();
        await waiting.ExpectRefusalAsync(ReasonCode.ServerUnavailable); // CONNACK, not DISCONNECT
        foreach (WireClient client in new[] { malformed, waiting, silent, connected }) await client.DisposeAsync();
        await stopped;
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.14.2-1", "MQTT-3.14.2-2", "MQTT-3.14.2-3", "MQTT-3.14.2-4", "MQTT-3.14.4-1", "MQTT-3.14.4-2", "MQTT-4.13.2-1")]
    public async Task V5_the_brokers_own_has_a_fitting_reason_no_expiry_and_at_most_the_size_that_the_client_takes_and_is_its_last(Link link)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link, static options =>
        {
            options.Limits.MaxTopicLength = 100;
            options.Limits.QueueOverflow = QueueOverflow.Disconnect;
            options.Limits.MaxInflight = 1;
            options.Limits.MaxQueuedMessages = 1;
        });
        WireClient publisher = await broker.ConnectAsync("p", V5);
        foreach ((ReasonCode reason, Func<WireClient, Task> provoke) in new (ReasonCode, Func<WireClient, Task>)[]
        {
            (ReasonCode.MalformedPacket, static c => c.SendHexAsync("C1 00")),
            (ReasonCode.ProtocolError, static c => c.SendHexAsync("D0 00")),
            (ReasonCode.TopicAliasInvalid, static c => c.SendAsync(Raw.Packet(0x30, "0001 'a' 03 23 0000 'x'"))),
            (ReasonCode.PacketTooLarge, static c => c.SendHexAsync("30 FF FF FF 7F")),
            (ReasonCode.KeepAliveTimeout, async c =>
            {
                await c.ExpectNothingMoreAsync(); // the silence begins here
                broker.Time.Advance(TimeSpan.FromSeconds(16));
            }),
            (ReasonCode.SessionTakenOver, _ => broker.ConnectAsync("c", V5)),
            (ReasonCode.QuotaExceeded, async c =>
            {
                await c.SubscribeAsync("a", QoS.AtLeastOnce);
                for (int i = 0; i < 3; i++) await publisher.PublishAsync("a", "x", QoS.AtLeastOnce);
                await c.ReceiveAsync<PublishPacket>();
            }),
        })
        {
            foreach (uint size in new uint[] { 19, 30, 10_000 })
            {
                WireClient client = await broker.ConnectAsync(
                    "c", V5, properties: new MqttProperties { MaximumPacketSize = size, SessionExpiryInterval = 100 }, keepAlive: 10);
                await provoke(client);
                DisconnectPacket said = (await client.ExpectCutAsync(reason))!; // and it closes behind it
                Assert.InRange((uint)PacketCodec.Encode(said, V5).Length, 3u, size);
                Assert.Null(said.Properties.SessionExpiryInterval);
                Assert.Empty(said.Properties.UserProperties);
                if (reason is ReasonCode.MalformedPacket or ReasonCode.ProtocolError) Assert.Equal(size == 10_000, said.Properties.ReasonString is not null);
            }
        }
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.14.4-1", "MQTT-3.14.4-2")]
    public async Task P_A16_at_a_shutdown_every_client_is_told(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        var clients = new List<WireClient>();
        for (int i = 0; i < 10; i++) clients.Add(await broker.ConnectAsync($"c{i}", version));
        Task stopped = broker.Broker.StopAsync(TestContext.Current.CancellationToken);
        foreach (WireClient client in clients)
        {
            await client.ExpectCutAsync(ReasonCode.ServerShuttingDown);
            await client.DisposeAsync();
        }

        await stopped;
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("prose:4.11a")]
    public async Task V5_a_client_can_be_sent_elsewhere(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, new Redirects());
        foreach ((string user, ReasonCode reason, string? place) in new[]
        {
            ("now", ReasonCode.UseAnotherServer, "b1:1883 [::1]:1884"), ("for good", ReasonCode.ServerMoved, "b2"), ("somewhere", ReasonCode.UseAnotherServer, (string?)null),
        })
        {
            WireClient client = await broker.OpenAsync(V5);
            await client.SendAsync(new ConnectPacket { Version = V5, ClientId = "c", UserName = user });
            ConnAckPacket answer = await client.ExpectRefusalAsync(reason);
            Assert.Equal(place, answer.Properties.ServerReference);
            // A client that takes too little gets the code alone, one of before 5.0 learns that there is no service here.
            client = await broker.OpenAsync(V5);
            await client.SendAsync(new ConnectPacket { Version = V5, ClientId = "c", UserName = user, Properties = new MqttProperties { MaximumPacketSize = 6 } });
            Assert.Null((await client.ExpectRefusalAsync(reason)).Properties.ServerReference);
            client = await broker.OpenAsync(V311);
            await client.SendAsync(new ConnectPacket { Version = V311, ClientId = "c", UserName = user });
            await client.ExpectHexAsync("20 02 00 03");
            await client.ExpectClosedAsync();
        }

        Assert.Throws<ArgumentException>(static () => Decision.Redirect(" "));
        Assert.Throws<ArgumentException>(static () => Decision.Redirect("a\nb"));
    }

    private sealed class Redirects : BaseAuthPlugin
    {
        public override ValueTask<Decision> AuthenticateAsync(AuthenticateContext context) => context.UserName switch
        {
            "now" => Decision.Redirect("b1:1883 [::1]:1884"),
            "for good" => Decision.Redirect("b2", permanently: true, "this one closes down"),
            _ => Decision.Deny(ReasonCode.UseAnotherServer),
        };
    }

    /// <summary>Never answers about the user <c>wait</c>.</summary>
    private sealed class Never : BaseAuthPlugin
    {
        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override async ValueTask<Decision> AuthenticateAsync(AuthenticateContext context)
        {
            if (context.UserName != "wait") return Decision.Allow;
            Asked.SetResult();
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return Decision.Allow;
        }
    }
}
