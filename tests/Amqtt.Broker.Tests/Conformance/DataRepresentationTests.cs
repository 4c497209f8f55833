using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;
using Amqtt.Testing.Golden;
using static Amqtt.Protocol.ProtocolVersion;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Section 1.5: strings, integers and pairs on the wire.</summary>
public sealed class DataRepresentationTests
{
    private static readonly string[] IllFormed =
    [
        "80", // a continuation byte alone
        "61 C3 28", // a sequence cut short by ASCII
        "61 E2 82", // a sequence cut short by the end
        "C0 80", // U+0000 in two bytes
        "E0 80 AF", // an overlong slash
        "ED A0 80", // a high surrogate
        "ED BF BF", // a low surrogate
        "ED A0 BD ED B8 80", // a pair of them
        "F4 90 80 80", // above U+10FFFF
        "F8 88 80 80 80", // five bytes
        "FF",
    ];

    private static readonly string[] WithNull = ["00", "61 00", "61 00 62"];

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-1.5.4-1", "v4:1.5.3-1", "MQTT-3.1.3-4", "MQTT-3.1.3-11", "MQTT-3.1.3-12", "v4:3.1.3-4", "v4:3.1.3-10", "v4:3.1.3-11", "MQTT-3.3.2-1")]
    public Task Ill_formed_text_is_malformed_wherever_it_stands(Link link, ProtocolVersion version) => ExpectMalformedAsync(link, version, IllFormed);

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-1.5.4-2", "v4:1.5.3-2")]
    public Task The_null_character_is_malformed_wherever_it_stands(Link link, ProtocolVersion version) => ExpectMalformedAsync(link, version, WithNull);

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-1.5.4-3", "v4:1.5.3-3")]
    public async Task EF_BB_BF_is_a_character_like_any_other(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient client = await broker.ConnectAsync("\uFEFFc", version);
        WireClient other = await broker.ConnectAsync("c", version); // another client
        string none = version.NoProperties();
        await client.SendAsync(Raw.Packet(0x82, $"0001 {none} 0004 EFBBBF61 00"));
        await client.ReceiveAsync<SubAckPacket>();
        await other.SendAsync(Raw.Packet(0x30, $"0001 61 {none} 'without'"));
        await other.SendAsync(Raw.Packet(0x30, $"0004 EFBBBF61 {none} 'with'"));
        await client.ExpectHexAsync(Convert.ToHexString(Raw.Packet(0x30, $"0004 EFBBBF61 {none} 'with'")));
        await client.ExpectNothingMoreAsync();
        await other.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-1.5.5-1")]
    public async Task Lengths_are_sent_in_their_shortest_form(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxPacketSize = 4 * 1024 * 1024);
        WireClient client = await broker.ConnectAsync("c", version);
        await client.SubscribeAsync("a");
        int rest = version == V5 ? 4 : 3; // topic and properties
        foreach ((int remaining, string header) in new[] { (127, "30 7F"), (128, "30 80 01"), (16_383, "30 FF 7F"), (16_384, "30 80 80 01"), (2_097_151, "30 FF FF 7F"), (2_097_152, "30 80 80 80 01") })
        {
            await client.PublishAsync("a", new byte[remaining - rest]);
            await client.ExpectHexAsync($"{header} 0001 61");
            await client.ExpectHexAsync(Convert.ToHexString(new byte[remaining - 3]));
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-1.5.5-1")]
    public async Task Subscription_identifiers_are_sent_in_their_shortest_form(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient client = await broker.ConnectAsync("c", V5);
        foreach (string identifier in new[] { "01", "7F", "80 01", "FF 7F", "80 80 01", "FF FF 7F", "80 80 80 01", "FF FF FF 7F" })
        {
            int length = Hex.Parse(identifier).Length + 1;
            await client.SendAsync(Raw.Packet(0x82, $"0001 {length:X2} 0B {identifier} 0001 61 00"));
            await client.ReceiveAsync<SubAckPacket>();
            await client.PublishAsync("a", "x");
            await client.ExpectHexAsync(Convert.ToHexString(Raw.Packet(0x30, $"0001 61 {length:X2} 0B {identifier} 'x'")));
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-1.5.5-1")]
    public async Task Longer_forms_are_malformed(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        foreach (string packet in new[]
        {
            "C0 80 00", // remaining length 0 in two bytes
            "30 84 00 0001 61 00",
            "30 84 80 80 00 0001 61 00",
            "30 05 0001 61 80 00", // property length
            "82 0A 0001 03 0B 81 00 0001 61 00", // subscription identifier
        })
        {
            WireClient client = await broker.ConnectAsync("c", V5);
            await client.SendHexAsync(packet);
            await client.ExpectCutAsync(ReasonCode.MalformedPacket);
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-1.5.7-1")]
    public async Task Both_strings_of_a_pair_obey_the_rules(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        foreach (string wrong in IllFormed.Concat(WithNull))
        {
            foreach (string pair in new[] { $"26 0001 6B {Raw.Field(wrong)}", $"26 {Raw.Field(wrong)} 0001 76" })
            {
                string properties = $"{Notations.ToBytes(pair).Length:X2} {pair}";
                WireClient client = await broker.OpenAsync(V5);
                await client.SendAsync(Raw.Connect(V5, 0x02, $"{properties} 0001 'c'"));
                await client.ExpectMalformedConnectAsync(ReasonCode.MalformedPacket);
                foreach (byte[] packet in new[]
                {
                    Raw.Packet(0x30, $"0001 'a' {properties} 'x'"),
                    Raw.Packet(0x82, $"0001 {properties} 0001 'a' 00"),
                    Raw.Packet(0xA2, $"0001 {properties} 0001 'a'"),
                    Raw.Packet(0xE0, $"00 {properties}"),
                })
                {
                    client = await broker.ConnectAsync("c", V5);
                    await client.SendAsync(packet);
                    await client.ExpectCutAsync(ReasonCode.MalformedPacket);
                }
            }
        }
    }

    private static async Task ExpectMalformedAsync(Link link, ProtocolVersion version, string[] texts)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        string none = version.NoProperties();
        foreach (string field in texts.Select(Raw.Field))
        {
            foreach (byte[] connect in new[]
            {
                Raw.Connect(version, 0x02, $"{none} {field}"),
                Raw.Connect(version, 0x06, $"{none} 0001 'c' {none} {field} 0001 'x'"), // the will's topic
                Raw.Connect(version, 0x82, $"{none} 0001 'c' {field}"), // the user name
            })
            {
                WireClient stranger = await broker.OpenAsync(version);
                await stranger.SendAsync(connect);
                await stranger.ExpectMalformedConnectAsync(ReasonCode.MalformedPacket);
            }

            foreach (byte[] packet in new[]
            {
                Raw.Packet(0x30, $"{field} {none} 'x'"),
                Raw.Packet(0x82, $"0001 {none} {field} 00"),
                Raw.Packet(0x82, $"0001 {none} 0001 'a' 00 {field} 00"),
                Raw.Packet(0xA2, $"0001 {none} {field}"),
            })
            {
                WireClient client = await broker.ConnectAsync("c", version);
                await client.SendAsync(packet);
                await client.ExpectCutAsync(ReasonCode.MalformedPacket);
            }
        }
    }
}
