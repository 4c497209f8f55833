using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;
using Amqtt.Testing.Golden;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Sections 3.3 to 3.11: packets that end the connection, and have no effect.</summary>
public sealed class RefusedPacketsTests
{
    private const string Malformed = "malformed";
    private const string Wrong = "protocol error";

    // In the bodies, @ is where version 5 has its properties: none.

    [Theory]
    [InlineData("36", "0001 't' 0001 @ 'x'", Malformed)]
    [InlineData("37", "0001 't' 0001 @ 'x'", Malformed)]
    [InlineData("3E", "0001 't' 0001 @ 'x'", Malformed)]
    [Statement("MQTT-3.3.1-4", "v4:3.3.1-4", "v4:4.8.0-1")]
    public Task Publish_with_qos_3(string first, string body, string outcome) => RefusesAsync(first, body, outcome);

    [Theory]
    [InlineData("38", "0001 't' @ 'x'", Malformed)]
    [InlineData("39", "0001 't' @ 'x'", Malformed)]
    [Statement("MQTT-3.3.1-2", "v4:3.3.1-2")]
    public Task Publish_with_qos_0_and_dup(string first, string body, string outcome) => RefusesAsync(first, body, outcome);

    [Theory]
    [InlineData("30", "", Malformed)]
    [InlineData("30", "0005 't'", Malformed)]
    [InlineData("30", "0001 FF @ 'x'", Malformed)]
    [InlineData("30", "0002 C080 @ 'x'", Malformed)]
    [InlineData("30", "0003 EDA080 @ 'x'", Malformed)]
    [Statement("MQTT-3.3.2-1", "v4:3.3.2-1")]
    public Task Publish_whose_topic_is_no_string(string first, string body, string outcome) => RefusesAsync(first, body, outcome);

    [Theory]
    [InlineData("30", "0003 'a/#' @ 'x'", Wrong)]
    [InlineData("30", "0001 '#' @ 'x'", Wrong)]
    [InlineData("32", "0003 'a/+' 0001 @ 'x'", Wrong)]
    [InlineData("34", "0003 'a+b' 0001 @ 'x'", Wrong)]
    [Statement("MQTT-3.3.2-2", "MQTT-4.7.0-1", "v4:3.3.2-2", "v4:4.7.1-1")]
    public Task Publish_to_a_wildcard(string first, string body, string outcome) => RefusesAsync(first, body, outcome);

    [Theory]
    [InlineData("30", "0000 @ 'x'", Wrong)]
    [InlineData("32", "0000 0001 @ 'x'", Wrong)]
    [InlineData("82", "0001 @ 0000 00", Wrong)]
    [InlineData("A2", "0001 @ 0000", Wrong)]
    [Statement("prose:3.3.2.1a", "MQTT-4.7.3-1", "v4:4.7.3-1")]
    public Task An_empty_topic_or_filter(string first, string body, string outcome) => RefusesAsync(first, body, outcome);

    [Theory]
    [InlineData("30", "0003 'a' 00 'b' @ 'x'", Malformed)]
    [InlineData("82", "0001 @ 0003 'a' 00 'b' 00", Malformed)]
    [InlineData("A2", "0001 @ 0001 00", Malformed)]
    [Statement("MQTT-4.7.3-2", "v4:4.7.3-2")]
    public Task A_null_character_in_a_topic_or_filter(string first, string body, string outcome) => RefusesAsync(first, body, outcome);

    [Theory]
    [InlineData("30", "0001 't' 04 08 0001 FF 'x'", Malformed)]
    [InlineData("30", "0001 't' 03 08 0005 'x'", Malformed)]
    [InlineData("30", "0001 't' 06 08 0003 'a/+' 'x'", Wrong)]
    [InlineData("30", "0001 't' 04 08 0001 '#' 'x'", Wrong)]
    [Statement("MQTT-3.3.2-13", "MQTT-3.3.2-14")]
    public Task A_response_topic_that_is_none(string first, string body, string outcome) => RefusesAsync(first, body, outcome, beforeV5: false);

    [Theory]
    [InlineData("30", "0001 't' 04 03 0001 FF 'x'", Malformed)]
    [InlineData("30", "0001 't' 04 03 0001 00 'x'", Malformed)]
    [InlineData("30", "0001 't' 08 03 0001 'a' 03 0001 'b' 'x'", Wrong)]
    [InlineData("30", "0001 't' 02 01 02 'x'", Wrong)]
    [Statement("MQTT-3.3.2-19")]
    public Task A_content_type_that_is_no_string_and_its_neighbours(string first, string body, string outcome) => RefusesAsync(first, body, outcome, beforeV5: false);

    [Theory]
    [InlineData("30", "0001 't' 02 0B 01 'x'", Wrong)]
    [InlineData("32", "0001 't' 0001 02 0B 01 'x'", Wrong)]
    [Statement("MQTT-3.3.4-6")]
    public Task A_subscription_identifier_in_a_clients_publish(string first, string body, string outcome) => RefusesAsync(first, body, outcome, beforeV5: false);

    [Theory]
    [InlineData("60", "0001", Malformed)]
    [InlineData("63", "0001", Malformed)]
    [InlineData("64", "0001", Malformed)]
    [Statement("MQTT-3.6.1-1", "v4:3.6.1-1")]
    public Task Pubrel_with_other_flags(string first, string body, string outcome) => RefusesAsync(first, body, outcome);

    [Theory]
    [InlineData("82", "0001 @ 0001 't' 40", Malformed)]
    [InlineData("82", "0001 @ 0001 't' 80", Malformed)]
    [InlineData("82", "0001 @ 0001 'a' 00 0001 't' C1", Malformed)]
    [Statement("MQTT-3.8.3-5", "v4:3.8.3-4")]
    public Task Subscribe_with_reserved_bits(string first, string body, string outcome) => RefusesAsync(first, body, outcome);

    [Theory]
    [InlineData("82", "0001 @ 0001 't' 03", Wrong)]
    [InlineData("82", "0001 @ 0001 't' 30", Wrong)]
    [Statement("prose:3.8.3.1a", "v4:3.8.3-4")]
    public Task Subscribe_with_values_that_are_none(string first, string body, string outcome) => RefusesAsync(first, body, outcome);

    [Theory]
    [InlineData("04")]
    [InlineData("08")]
    [InlineData("10")]
    [InlineData("20")]
    [Statement("v4:3.8.3-4")]
    public Task Subscribe_before_version_5_with_options_of_version_5(string options) => RefusesAsync(ProtocolVersion.V311, "82", $"0001 0001 't' {options}", reason: default);

    [Theory]
    [InlineData("82", "0001 02 0B 00 0001 't' 00", Wrong)]
    [InlineData("82", "0001 04 0B 01 0B 02 0001 't' 00", Wrong)]
    [Statement("prose:3.8.2.1a")]
    public Task A_subscription_identifier_that_is_none(string first, string body, string outcome) => RefusesAsync(first, body, outcome, beforeV5: false);

    [Theory]
    [InlineData("80", "0001 @ 0001 't' 00", Malformed)]
    [InlineData("82", "0001 @", Wrong)]
    [InlineData("82", "0000 @ 0001 't' 00", Wrong)]
    [InlineData("82", "0001 @ 0001 FF 00", Malformed)]
    [InlineData("82", "0001 @ 0001 't'", Malformed)]
    [InlineData("A0", "0001 @ 0001 't'", Malformed)]
    [InlineData("A2", "0001 @", Wrong)]
    [InlineData("A2", "0001 @ 0001 FF", Malformed)]
    [Statement("MQTT-3.8.1-1", "MQTT-3.8.3-1", "MQTT-3.8.3-2", "MQTT-3.10.1-1", "MQTT-3.10.3-1", "MQTT-3.10.3-2", "v4:3.8.1-1", "v4:3.8.3-1", "v4:3.8.3-3", "v4:3.10.1-1", "v4:3.10.3-1", "v4:3.10.3-2")]
    public Task Subscribe_and_unsubscribe_that_are_not_whole(string first, string body, string outcome) => RefusesAsync(first, body, outcome);

    private static async Task RefusesAsync(string first, string body, string outcome, bool beforeV5 = true)
    {
        await RefusesAsync(ProtocolVersion.V5, first, body.Replace("@", "00", StringComparison.Ordinal), outcome == Malformed ? ReasonCode.MalformedPacket : ReasonCode.ProtocolError);
        if (beforeV5) await RefusesAsync(ProtocolVersion.V311, first, body.Replace("@", "", StringComparison.Ordinal), reason: default);
    }

    private static async Task RefusesAsync(ProtocolVersion version, string first, string body, ReasonCode reason)
    {
        foreach (Link link in Enum.GetValues<Link>())
        {
            await using TestBroker broker = await TestBroker.StartAsync(link);
            WireClient witness = await broker.ConnectAsync("witness", version);
            await witness.SubscribeAsync("#");
            WireClient client = await broker.ConnectAsync("c", version);
            byte[] bytes = Notations.ToBytes(body);
            byte[] publish = PacketCodec.Encode(new PublishPacket { Topic = "behind it" }, version);
            await client.SendAsync([.. Notations.ToBytes(first), (byte)bytes.Length, .. bytes, .. publish]);
            if (version == ProtocolVersion.V5) Assert.Equal(reason, (await client.ReceiveAsync<DisconnectPacket>()).Reason);
            await client.ExpectClosedAsync();
            WireClient other = await broker.ConnectAsync("other", version);
            await other.PublishAsync("t", "first");
            await witness.ExpectPublishAsync("t", "first");
        }
    }
}
