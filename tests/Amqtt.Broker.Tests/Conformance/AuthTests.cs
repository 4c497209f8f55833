using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;
using static Amqtt.Protocol.ProtocolVersion;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Sections 3.15 and 4.12: AUTH where no plugin offers enhanced authentication.</summary>
public sealed class AuthTests
{
    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-4.12.0-1", "MQTT-3.1.4-6")]
    public async Task A_method_that_nobody_offers_is_refused(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        foreach (string data in new[] { "", " 16 0002 0102" })
        {
            WireClient client = await broker.OpenAsync(V5);
            string properties = "15 0005 'SCRAM'" + data;
            await client.SendAsync([.. Raw.Connect(V5, 0x02, $"{(data.Length > 0 ? "0D" : "08")} {properties} 0001 'c'"), .. Raw.Packet(0xC0)]);
            await client.ExpectRefusalAsync(ReasonCode.BadAuthenticationMethod);
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-4.12.0-6", "MQTT-4.12.0-7", "prose:3.15a")]
    public async Task Who_named_no_method_is_sent_no_AUTH_and_must_send_none(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        foreach (string auth in new[] { "F0 00", "F0 06 18 04 15 0001 4D", "F0 06 19 04 15 0001 4D", "F0 02 18 00", "F0 06 18 04 16 0001 FF" })
        {
            WireClient client = await broker.OpenAsync(V5);
            ConnAckPacket answer = await client.ConnectAsync("c", V5);
            Assert.Null(answer.Properties.AuthenticationMethod);
            Assert.Null(answer.Properties.AuthenticationData);
            await client.SendHexAsync(auth);
            await client.ExpectCutAsync(ReasonCode.ProtocolError);
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.15.2-1")]
    public async Task A_client_may_continue_or_authenticate_again_and_nothing_else(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        for (int reason = 0; reason < 256; reason++)
        {
            WireClient client = await broker.ConnectAsync("c", V5);
            await client.SendAsync(Raw.Packet(0xF0, $"{reason:X2} 04 15 0001 'M'"));
            DisconnectPacket said = (await client.ExpectCutAsync(ReasonCode.ProtocolError))!;
            // Both are protocol errors here; what differs is of what kind.
            Assert.Equal(reason is not (0x18 or 0x19), said.Properties.ReasonString!.Contains("does not belong to this packet", StringComparison.Ordinal));
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.15.1-1")]
    public async Task Before_v5_there_is_no_such_packet(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        foreach (ProtocolVersion version in new[] { V31, V311 })
        {
            WireClient client = await broker.ConnectAsync("c", version);
            await client.SendHexAsync("F0 00");
            await client.ExpectClosedAsync();
        }
    }
}
