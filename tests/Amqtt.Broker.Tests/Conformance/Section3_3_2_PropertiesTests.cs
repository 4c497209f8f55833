using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Section 3.3.2: the topic and what belongs to the application pass through unaltered, on every way through the broker.</summary>
public sealed class Section3_3_2_PropertiesTests
{
    private static readonly MqttProperties Everything = new()
    {
        PayloadFormatIndicator = 1,
        ContentType = "text/plain; ü",
        ResponseTopic = "réponse/à",
        CorrelationData = new byte[] { 0, 1, 0xFF, 0x80 },
        UserProperties = [new("b", "1"), new("a", "2"), new("b", "1"), new("", ""), new("b", "0")],
    };

    // The same in an order of its own, with the alias and the expiry of this hop in between.
    private const string Shuffled =
        "26 0001 62 0001 31  03 000E 746578742F706C61696E3B20C3BC  23 0001  26 0001 61 0001 32  09 0004 0001FF80  02 0000003C  26 0001 62 0001 31"
        + " 08 000B 72C3A9706F6E73652FC3A0  26 0000 0000  01 01  26 0001 62 0001 30";

    public static TheoryData<Link, QoS> LinksAndQoS => new MatrixTheoryData<Link, QoS>([Link.Tcp, Link.Memory], Enum.GetValues<QoS>());

    [Theory, MemberData(nameof(LinksAndQoS))]
    [Statement("MQTT-3.3.2-4", "MQTT-3.3.2-15", "MQTT-3.3.2-16", "MQTT-3.3.2-17", "MQTT-3.3.2-18", "MQTT-3.3.2-20", "prose:4.10a")]
    public async Task They_pass_unaltered_live_queued_and_retained(Link link, QoS qos)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        WireClient live = await broker.ConnectAsync("live", ProtocolVersion.V5);
        WireClient queued = await broker.ConnectPersistentAsync("queued");
        WireClient old = await broker.ConnectAsync("old");
        foreach (WireClient subscriber in new[] { live, queued, old }) await subscriber.SubscribeAsync("t", qos);
        await queued.DisconnectAsync();
        await publisher.PublishAsync("t", "x", qos, retain: true, Everything);
        AssertEverything(await live.ExpectPublishAsync("t", "x"));
        await old.ExpectPublishAsync("t", "x");
        WireClient late = await broker.ConnectAsync("late", ProtocolVersion.V5);
        await late.SubscribeAsync("t", qos);
        AssertEverything(await late.ExpectPublishAsync("t", "x"));
        queued = await broker.ConnectPersistentAsync("queued");
        if (qos != QoS.AtMostOnce) AssertEverything(await queued.ExpectPublishAsync("t", "x"));
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.3.2-17", "MQTT-3.3.2-18", "MQTT-3.3.2-6")]
    public async Task They_keep_their_order_when_the_hops_own_are_taken_out(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        WireClient subscriber = await broker.ConnectAsync("subscriber", ProtocolVersion.V5);
        await subscriber.SubscribeAsync("t");
        byte[] properties = Hex.Parse(Shuffled);
        await publisher.SendAsync([0x30, (byte)(3 + 1 + properties.Length + 1), 0x00, 0x01, (byte)'t', (byte)properties.Length, .. properties, (byte)'x']);
        PublishPacket message = await subscriber.ExpectPublishAsync("t", "x");
        AssertEverything(message);
        Assert.Equal((60u, (ushort?)null), (message.Properties.MessageExpiryInterval, message.Properties.TopicAlias));
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("prose:4.10a")]
    public async Task A_request_is_answered_through_the_broker(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient requester = await broker.ConnectAsync("requester", ProtocolVersion.V5);
        WireClient responder = await broker.ConnectAsync("responder", ProtocolVersion.V5);
        await requester.SubscribeAsync("answers/1", QoS.AtLeastOnce);
        await responder.SubscribeAsync("questions", QoS.AtLeastOnce);
        await requester.PublishAsync("questions", "?", QoS.AtLeastOnce, properties: new MqttProperties { ResponseTopic = "answers/1", CorrelationData = "42"u8.ToArray() });
        PublishPacket question = await responder.ExpectPublishAsync("questions", "?");
        await responder.PublishAsync(
            question.Properties.ResponseTopic!, "!", QoS.AtLeastOnce, properties: new MqttProperties { CorrelationData = question.Properties.CorrelationData });
        Assert.Equal("42"u8.ToArray(), (await requester.ExpectPublishAsync("answers/1", "!")).Properties.CorrelationData!.Value.ToArray());
    }

    [Theory]
    [InlineData(QoS.AtMostOnce)]
    [InlineData(QoS.AtLeastOnce)]
    [InlineData(QoS.ExactlyOnce)]
    public async Task A_payload_that_is_not_the_text_it_says_is_refused_where_that_is_configured(QoS qos)
    {
        byte[] noText = [0x61, 0xC3];
        var isText = new MqttProperties { PayloadFormatIndicator = 1 };
        foreach (bool validates in new[] { true, false })
        {
            await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, options => options.ValidatePayloadFormat = validates);
            WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
            await client.SubscribeAsync("t", QoS.AtMostOnce);
            ReasonCode answer = await client.PublishAsync("t", noText, qos, properties: isText);
            if (validates)
            {
                Assert.Equal(qos == QoS.AtMostOnce ? ReasonCode.Success : ReasonCode.PayloadFormatInvalid, answer);
            }
            else
            {
                Assert.Equal(ReasonCode.Success, answer);
                Assert.Equal(noText, (await client.ReceivePublishAsync()).Payload.ToArray());
            }

            // Bytes need not be text, and text is taken.
            await client.PublishAsync("t", noText, qos, properties: new MqttProperties { PayloadFormatIndicator = 0 });
            await client.PublishAsync("t", "grün", qos, properties: isText);
            Assert.Equal(noText, (await client.ReceivePublishAsync()).Payload.ToArray());
            await client.ExpectPublishAsync("t", "grün");
        }
    }

    private static void AssertEverything(PublishPacket message)
    {
        MqttProperties properties = message.Properties;
        Assert.Equal(Everything.PayloadFormatIndicator, properties.PayloadFormatIndicator);
        Assert.Equal(Everything.ContentType, properties.ContentType);
        Assert.Equal(Everything.ResponseTopic, properties.ResponseTopic);
        Assert.Equal(Everything.CorrelationData!.Value.ToArray(), properties.CorrelationData!.Value.ToArray());
        Assert.Equal(Everything.UserProperties, properties.UserProperties);
    }
}
