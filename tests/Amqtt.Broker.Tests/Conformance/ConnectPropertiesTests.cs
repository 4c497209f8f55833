using Amqtt.Broker.Configuration;
using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;
using static Amqtt.Protocol.ProtocolVersion;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Section 3.1.2.11: what a CONNECT of 5.0 asks for, and that it gets it.</summary>
public sealed class ConnectPropertiesTests
{
    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.2-24", "MQTT-3.1.2-25")]
    public async Task A_message_larger_than_the_client_takes_is_not_sent_and_counts_as_delivered(Link link)
    {
        var events = new Dropped();
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxInflight = 1, events);
        WireClient client = await broker.ConnectAsync("c", V5, properties: new MqttProperties { MaximumPacketSize = 100, ReceiveMaximum = 1, SessionExpiryInterval = 100 });
        WireClient other = await broker.ConnectAsync("other", V5);
        await client.SubscribeAsync("a", QoS.ExactlyOnce);
        await other.SubscribeAsync("a", QoS.ExactlyOnce);
        // A PUBLISH of QoS 1 to "a" has 8 bytes beside its payload.
        foreach ((int payload, bool fits) in new[] { (92, true), (93, false), (94, false), (5000, false), (92, true) })
        {
            foreach (QoS qos in new[] { QoS.AtMostOnce, QoS.AtLeastOnce, QoS.ExactlyOnce })
            {
                int length = payload + (qos == QoS.AtMostOnce ? 2 : 0); // it has no identifier
                await other.PublishAsync("a", new byte[length], qos);
                Assert.Equal(length, (await other.ReceivePublishAsync()).Payload.Length); // its size is for the others' good
                if (fits) Assert.Equal(length, (await client.ReceivePublishAsync()).Payload.Length); // the only place in the window is free
            }
        }

        await client.ExpectNothingMoreAsync();
        Assert.Equal(9, await events.CountAsync(9));

        // While it was away, and when it comes back and takes less than before.
        await client.DisconnectAsync();
        await other.PublishAsync("a", new byte[92], QoS.AtLeastOnce);
        await other.PublishAsync("a", new byte[10], QoS.AtLeastOnce);
        client = await broker.ConnectAsync("c", V5, cleanStart: false, new MqttProperties { MaximumPacketSize = 50, SessionExpiryInterval = 100 });
        Assert.Equal(10, (await client.ReceivePublishAsync()).Payload.Length);
        await client.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.2-25")]
    public async Task What_was_in_flight_and_is_too_large_for_the_new_connection_counts_as_delivered(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient client = await broker.ConnectAsync("c", V5, properties: new MqttProperties { SessionExpiryInterval = 100 });
        WireClient publisher = await broker.ConnectAsync("p", V5);
        await client.SubscribeAsync("a", QoS.AtLeastOnce);
        foreach (int length in new[] { 100, 10, 200 })
        {
            await publisher.PublishAsync("a", new byte[length], QoS.AtLeastOnce);
            await client.ReceiveAsync<PublishPacket>(); // and does not acknowledge it
        }

        await client.DisconnectAsync();
        client = await broker.ConnectAsync("c", V5, cleanStart: false, new MqttProperties { MaximumPacketSize = 50, ReceiveMaximum = 1, SessionExpiryInterval = 100 });
        PublishPacket again = await client.ReceivePublishAsync();
        Assert.Equal((10, true), (again.Payload.Length, again.Dup));
        await publisher.PublishAsync("a", "next", QoS.AtLeastOnce);
        await client.ExpectPublishAsync("a", "next");
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.2-26", "MQTT-3.1.2-27", "MQTT-3.3.2-11")]
    public async Task The_broker_uses_no_more_topic_aliases_than_the_client_takes(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("p", V5);
        foreach (ushort? maximum in new ushort?[] { null, 0, 1, 3, ushort.MaxValue })
        {
            WireClient client = await broker.ConnectAsync("c", V5, properties: new MqttProperties { TopicAliasMaximum = maximum });
            await client.SubscribeAsync("t/#");
            var topics = new Dictionary<ushort, string>();
            for (int i = 0; i < 100; i++)
            {
                string expected = $"t/{i % 7}";
                await publisher.PublishAsync(expected, "x");
                var message = await client.ReceiveAsync<PublishPacket>();
                string topic = message.Topic;
                if (message.Properties.TopicAlias is { } alias)
                {
                    Assert.InRange(alias, 1, maximum ?? 0);
                    if (topic.Length == 0) topic = topics[alias];
                    topics[alias] = topic;
                }

                Assert.Equal(expected, topic);
            }
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.2-28", "prose:4.10a")]
    public async Task Response_Information_is_for_those_who_ask(Link link)
    {
        foreach (string? configured in new[] { null, "replies", "replies/{client_id}/to" })
        {
            await using TestBroker broker = await TestBroker.StartAsync(link, options => options.ResponseInformation = configured);
            foreach (bool? asks in new bool?[] { null, false, true })
            {
                WireClient client = await broker.OpenAsync(V5);
                ConnAckPacket answer = await client.ConnectAsync("c1", V5, properties: new MqttProperties { RequestResponseInformation = asks });
                Assert.Equal(asks == true ? configured?.Replace("{client_id}", "c1", StringComparison.Ordinal) : null, answer.Properties.ResponseInformation);
            }

            if (configured?.Contains("{client_id}", StringComparison.Ordinal) != true) continue;
            WireClient nameless = await broker.OpenAsync(V5);
            ConnAckPacket assigned = await nameless.ConnectAsync("", V5, properties: new MqttProperties { RequestResponseInformation = true });
            Assert.Equal($"replies/{assigned.Properties.AssignedClientIdentifier}/to", assigned.Properties.ResponseInformation);
        }

        await using TestBroker relay = await TestBroker.StartAsync(link);
        WireClient requester = await relay.ConnectAsync("requester", V5);
        WireClient responder = await relay.ConnectAsync("responder", V5);
        await requester.SubscribeAsync("r");
        await responder.SubscribeAsync("q");
        await requester.PublishAsync("q", "?", properties: new MqttProperties { ResponseTopic = "r", CorrelationData = new byte[] { 1, 0, 255 } });
        MqttProperties request = (await responder.ExpectPublishAsync("q", "?")).Properties;
        await responder.PublishAsync(request.ResponseTopic!, "!", properties: new MqttProperties { CorrelationData = request.CorrelationData });
        Assert.Equal(new byte[] { 1, 0, 255 }, (await requester.ExpectPublishAsync("r", "!")).Properties.CorrelationData!.Value.ToArray());
    }

    [Fact]
    public void Response_Information_that_MQTT_cannot_carry_is_an_error_of_the_configuration()
    {
        Assert.Equal("replies/{client_id}", BrokerConfiguration.FromYaml("response_information: replies/{client_id}\n").ResponseInformation);
        string[] errors = Configuration.Reading.Errors("mqtt31: true\nresponse_information: \"a\\u0085b\"\n");
        Assert.StartsWith("broker.yaml:2:", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.2-29")]
    public async Task Without_Request_Problem_Information_no_answer_but_PUBLISH_CONNACK_and_DISCONNECT_explains_itself(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, new Explains());
        WireClient publisher = await broker.ConnectAsync("p", V5);
        var silent = new MqttProperties { RequestProblemInformation = false };
        WireClient client = await broker.ConnectAsync("c", V5, properties: silent);
        await client.SendAsync(new SubscribePacket { PacketId = 1, Subscriptions = [new("no", default), new("yes", default), new("#a", default)] });
        Assert.Same(MqttProperties.Empty, (await client.ReceiveAsync<SubAckPacket>()).Properties);
        await client.SendAsync(new UnsubscribePacket { PacketId = 1, Filters = ["never", "#a"] });
        Assert.Same(MqttProperties.Empty, (await client.ReceiveAsync<UnsubAckPacket>()).Properties);
        await client.SendAsync(new PublishPacket { Topic = "no", QoS = QoS.AtLeastOnce, PacketId = 1 });
        await client.ExpectHexAsync("40 03 0001 87");
        await client.SendAsync(new PublishPacket { Topic = "no", QoS = QoS.ExactlyOnce, PacketId = 1 });
        await client.ExpectHexAsync("50 03 0001 87");
        await client.SendHexAsync("62 02 0007");
        await client.ExpectHexAsync("70 03 0007 92");
        await client.SendHexAsync("50 02 0007");
        await client.ExpectHexAsync("62 03 0007 92");
        await publisher.PublishAsync("yes", "x", properties: new MqttProperties { UserProperties = [new("k", "v")] });
        Assert.Equal([new("k", "v")], (await client.ExpectPublishAsync("yes", "x")).Properties.UserProperties);
        await client.SendHexAsync("D0 00");
        Assert.NotNull((await client.ExpectCutAsync(ReasonCode.ProtocolError))!.Properties.ReasonString);
        WireClient refused = await broker.OpenAsync(V5);
        await refused.SendAsync(new ConnectPacket { Version = V5, ClientId = new string('x', 300), Properties = silent });
        Assert.NotNull((await refused.ExpectRefusalAsync(ReasonCode.ClientIdentifierNotValid)).Properties.ReasonString);
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.2-29", "MQTT-3.4.2-2", "MQTT-3.5.2-2", "MQTT-3.9.2-1")]
    public async Task With_it_a_refusal_says_why_if_MQTT_can_carry_it_and_the_client_takes_packets_of_its_size(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, new Explains());
        foreach ((uint size, bool? asks, string topic, string? text) in new[]
        {
            (1000u, (bool?)null, "no", "because"), (1000u, true, "no", "because"), (1000u, false, "no", null), (16u, true, "no", "because"), (16u, true, "no at all", null), (1000u, true, "no!", null),
        })
        {
            WireClient client = await broker.OpenAsync(V5);
            await client.ConnectAsync("c", V5, keepAlive: 60, properties: new MqttProperties { MaximumPacketSize = size, RequestProblemInformation = asks });
            foreach (QoS qos in new[] { QoS.AtLeastOnce, QoS.ExactlyOnce })
            {
                await client.SendAsync(new PublishPacket { Topic = topic, QoS = qos, PacketId = 7 });
                AckPacket answer = qos == QoS.AtLeastOnce ? await client.ReceiveAsync<PubAckPacket>() : await client.ReceiveAsync<PubRecPacket>();
                Assert.Equal((7, ReasonCode.NotAuthorized, text), (answer.PacketId, answer.Reason, answer.Properties.ReasonString));
            }

            await client.SendAsync(new SubscribePacket { PacketId = 7, Subscriptions = [new(topic, default)] });
            var refused = await client.ReceiveAsync<SubAckPacket>();
            Assert.Equal((7, ReasonCode.NotAuthorized, text), (refused.PacketId, refused.Reasons[0], refused.Properties.ReasonString));
        }
    }

    /// <summary>Denies the topics that begin with <c>no</c>, and says why: shortly, at length, or in what MQTT cannot carry.</summary>
    private sealed class Explains : BaseTopicPlugin
    {
        public override ValueTask<Decision> FilterTopicAsync(TopicContext context) => context.Topic switch
        {
            "no" => Decision.Deny(text: "because"),
            "no at all" => Decision.Deny(text: "because nobody may"),
            "no!" => Decision.Deny(text: "line\nfeed"),
            _ => Decision.Allow,
        };
    }

    /// <summary>Counts messages that were too large for a receiver.</summary>
    private sealed class Dropped : BrokerPlugin
    {
        private readonly SemaphoreSlim _dropped = new(0);

        public async Task<int> CountAsync(int expected)
        {
            for (int i = 0; i < expected; i++) Assert.True(await _dropped.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
            return expected + _dropped.CurrentCount;
        }

        public override ValueTask OnBrokerMessageStageAsync(MessageStageEvent e, CancellationToken cancel)
        {
            if (e is { Stage: MessageStage.Dropped, DropReason: DropReason.PacketTooLarge, ReceiverId: "c" }) _dropped.Release();
            return default;
        }
    }
}
