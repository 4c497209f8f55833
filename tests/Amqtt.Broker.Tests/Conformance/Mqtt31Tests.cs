using System.Text;
using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;
using static Amqtt.Protocol.ProtocolVersion;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>MQTT 3.1, where it differs from 3.1.1.</summary>
public sealed class Mqtt31Tests
{
    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("v3:a", "v3:d")]
    public async Task MQIsdp_is_served_unless_it_is_switched_off(Link link)
    {
        await using (TestBroker broker = await TestBroker.StartAsync(link))
        {
            WireClient client = await broker.OpenAsync(V31);
            await client.SendHexAsync("10 0F 0006 4D5149736470 03 02 003C 0001 63");
            await client.ExpectHexAsync("20 02 00 00");
            await client.SubscribeAsync("a", QoS.ExactlyOnce);
            await client.PublishAsync("a", "x", QoS.ExactlyOnce);
            await client.ExpectPublishAsync("a", "x");
            await client.DisconnectAsync();
        }

        await using TestBroker modern = await TestBroker.StartAsync(link, static options => options.Mqtt31 = false);
        WireClient refused = await modern.OpenAsync(V31);
        await refused.SendHexAsync("10 0F 0006 4D5149736470 03 02 003C 0001 63");
        await refused.ExpectHexAsync("20 02 00 01");
        await refused.ExpectClosedAsync();
        await modern.ConnectAsync("c", V311);
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("v3:e")]
    public async Task The_DUP_bit_of_its_other_packets_is_accepted(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient client = await broker.ConnectAsync("c", V31);
        await client.SendHexAsync("8A 06 0001 0001 61 01");
        await client.ExpectHexAsync("90 03 0001 01");
        await client.SendHexAsync("34 06 0001 62 0002 78");
        await client.ExpectHexAsync("50 02 0002");
        await client.SendHexAsync("6A 02 0002");
        await client.ExpectHexAsync("70 02 0002");
        await client.SendHexAsync("AA 05 0003 0001 61");
        await client.ExpectHexAsync("B0 02 0003");
        foreach (ProtocolVersion version in new[] { V311, V5 })
        {
            foreach (byte[] packet in new[] { Raw.Packet(0x8A, $"0001 {version.NoProperties()} 0001 'a' 01"), Raw.Packet(0x6A, "0002"), Raw.Packet(0xAA, $"0003 {version.NoProperties()} 0001 'a'") })
            {
                WireClient other = await broker.ConnectAsync("other", version);
                await other.SendAsync(packet);
                await other.ExpectCutAsync(ReasonCode.MalformedPacket);
            }
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("v3:h")]
    public async Task Bits_of_CONNECT_that_it_does_not_use_mean_nothing(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        foreach ((byte first, byte flags) in new (byte, byte)[] { (0x12, 0x02), (0x1B, 0x02), (0x10, 0x03), (0x10, 0x1A), (0x10, 0x22) })
        {
            WireClient client = await broker.OpenAsync(V31);
            byte[] connect = Raw.Connect(V31, flags, "0001 'c'");
            connect[0] = first;
            await client.SendAsync(connect);
            await client.ExpectHexAsync("20 02 00 00");
            await client.DisconnectAsync();

            WireClient newer = await broker.OpenAsync(V311);
            connect = Raw.Connect(V311, flags, "0001 'c'");
            connect[0] = first;
            await newer.SendAsync(connect);
            await newer.ExpectClosedAsync();
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("v3:f")]
    public async Task What_is_sent_again_within_a_connection_is_coped_with(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient watcher = await broker.ConnectAsync("watcher");
        await watcher.SubscribeAsync("b");
        WireClient client = await broker.ConnectAsync("c", V31);
        // QoS 2: once to the receivers, however often it comes.
        await client.SendHexAsync("34 06 0001 62 0002 78");
        await client.ExpectHexAsync("50 02 0002");
        await client.SendHexAsync("3C 06 0001 62 0002 78 3C 06 0001 62 0002 78");
        await client.ExpectHexAsync("50 02 0002 50 02 0002");
        await client.SendHexAsync("62 02 0002 6A 02 0002");
        await client.ExpectHexAsync("70 02 0002 70 02 0002");
        await watcher.ExpectPublishAsync("b", "x");
        await watcher.ExpectNothingMoreAsync();
        // QoS 1, SUBSCRIBE and UNSUBSCRIBE: answered each time.
        await client.SendHexAsync("32 06 0001 61 0003 78 3A 06 0001 61 0003 78");
        await client.ExpectHexAsync("40 02 0003 40 02 0003");
        await client.SendHexAsync("82 06 0004 0001 61 01 8A 06 0004 0001 61 01");
        await client.ExpectHexAsync("90 03 0004 01 90 03 0004 01");
        await client.SendHexAsync("A2 05 0005 0001 61 AA 05 0005 0001 61");
        await client.ExpectHexAsync("B0 02 0005 B0 02 0005");
        // Acknowledgements twice.
        await client.SubscribeAsync("c", QoS.ExactlyOnce);
        await client.PublishAsync("c", "x");
        WireClient publisher = await broker.ConnectAsync("p");
        Assert.Equal("c", (await client.ReceiveAsync<PublishPacket>()).Topic);
        await publisher.PublishAsync("c", "x", QoS.ExactlyOnce);
        ushort id = (await client.ReceiveAsync<PublishPacket>()).PacketId;
        for (int i = 0; i < 2; i++)
        {
            await client.SendAsync(new PubRecPacket { PacketId = id });
            await client.ExpectAsync(new PubRelPacket { PacketId = id });
        }

        for (int i = 0; i < 2; i++) await client.SendAsync(new PubCompPacket { PacketId = id });
        await client.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("v3:g")]
    public async Task User_name_and_password_may_be_missing_although_flagged(Link link)
    {
        var asked = new Credentials();
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, asked);
        foreach ((byte flags, string rest, string expected) in new[]
        {
            ((byte)0xC2, "0001 'c'", "/"), ((byte)0x82, "0001 'c'", "/"), ((byte)0xC2, "0001 'c' 0001 'u'", "u/"), ((byte)0xC2, "0001 'c' 0001 'u' 0001 'p'", "u/p"),
        })
        {
            WireClient client = await broker.OpenAsync(V31);
            await client.SendAsync(Raw.Connect(V31, flags, rest));
            await client.ExpectHexAsync("20 02 00 00");
            Assert.Equal(expected, asked.Last);
            if (expected.Length == 3) continue;
            WireClient newer = await broker.OpenAsync(V311);
            await newer.SendAsync(Raw.Connect(V311, flags, rest));
            await newer.ExpectClosedAsync();
            await client.DisconnectAsync();
        }

        WireClient wrong = await broker.OpenAsync(V31);
        await wrong.SendAsync(Raw.Connect(V31, 0x42, "0001 'c' 0001 'p'")); // a password without a user name
        await wrong.ExpectClosedAsync();
    }

    private sealed class Credentials : BaseAuthPlugin
    {
        public string Last { get; private set; } = "";

        public override ValueTask<Decision> AuthenticateAsync(AuthenticateContext context)
        {
            Last = $"{context.UserName}/{(context.Password is { } password ? Encoding.UTF8.GetString(password.Span) : null)}";
            return Decision.Allow;
        }
    }
}
