using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Sections 3.4 to 3.7: PUBACK, PUBREC, PUBREL, PUBCOMP.</summary>
public sealed class Section3_4_AcknowledgementTests
{
    private static readonly byte[] AllowedErrors = [0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.4.2-1", "MQTT-3.5.2-1")]
    public async Task Puback_and_pubrec_have_reasons_of_their_own_whatever_a_plugin_says(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, new DeniesWithCode());
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        for (int code = 0x80; code <= 0xA2; code++)
        {
            ReasonCode expected = AllowedErrors.Contains((byte)code) ? (ReasonCode)code : ReasonCode.NotAuthorized;
            Assert.Equal(expected, await client.PublishAsync($"deny/{code}", "x", QoS.AtLeastOnce));
            Assert.Equal(expected, await client.PublishAsync($"deny/{code}", "x", QoS.ExactlyOnce));
        }

        await client.SubscribeAsync("wanted");
        foreach (QoS qos in new[] { QoS.AtLeastOnce, QoS.ExactlyOnce })
        {
            Assert.Equal(ReasonCode.Success, await client.PublishAsync("wanted", "x", qos));
            await client.ExpectPublishAsync("wanted", "x");
        }

        await client.SendPublishAsync("unwanted", "x", QoS.AtLeastOnce, id: 1);
        await client.ExpectHexAsync("40 03 00 01 10");
        await client.SendPublishAsync("unwanted", "x", QoS.ExactlyOnce, id: 1);
        await client.ExpectHexAsync("50 03 00 01 10");
        await client.SendAsync(new PubRelPacket { PacketId = 1 });
        await client.ExpectHexAsync("70 02 00 01");
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.4.2-1", "MQTT-3.5.2-1")]
    public async Task The_broker_says_what_it_does_not_take(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(
            link,
            static options =>
            {
                options.Limits.MaxTopicLevels = 3;
                options.Limits.MaxTopicLength = 10;
                options.Limits.MaxRetainedMessages = 1;
            });
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        await client.PublishAsync("first", "x", retain: true);
        foreach (QoS qos in new[] { QoS.AtLeastOnce, QoS.ExactlyOnce })
        {
            Assert.Equal(ReasonCode.TopicNameInvalid, await client.PublishAsync("a/b/c/d", "x", qos));
            Assert.Equal(ReasonCode.TopicNameInvalid, await client.PublishAsync("12345678901", "x", qos));
            Assert.Equal(ReasonCode.QuotaExceeded, await client.PublishAsync("second", "x", qos, retain: true));
            Assert.Equal(qos == QoS.AtLeastOnce ? ReasonCode.NoMatchingSubscribers : ReasonCode.Success, await client.PublishAsync("a/b/c", "x", qos));
        }
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.6.1-1", "MQTT-3.6.2-1", "MQTT-3.7.2-1", "MQTT-4.3.3-4", "MQTT-4.3.3-11", "v4:3.6.1-1")]
    public async Task Pubrel_and_pubcomp_say_whether_the_identifier_is_known(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient client = await broker.ConnectAsync("c", version);
        await client.SubscribeAsync("t", QoS.ExactlyOnce);
        await client.PublishAsync("t", "x", QoS.ExactlyOnce);
        PublishPacket message = await client.TakeAsync("x");
        string id = $"{message.PacketId >> 8:X2} {message.PacketId & 0xFF:X2}";
        foreach (string answer in new[] { $"62 02 {id}", $"62 02 {id}" })
        {
            await client.SendAsync(new PubRecPacket { PacketId = message.PacketId });
            await client.ExpectHexAsync(answer);
        }

        await client.SendAsync(new PubCompPacket { PacketId = message.PacketId });
        await client.SendAsync(new PubRecPacket { PacketId = message.PacketId });
        await client.ExpectHexAsync(version == ProtocolVersion.V5 ? $"62 03 {id} 92" : $"62 02 {id}");
        await client.SendAsync(new PubRelPacket { PacketId = 0x0A0B }); // P-C10
        await client.ExpectHexAsync(version == ProtocolVersion.V5 ? "70 03 0A 0B 92" : "70 02 0A 0B");
        await client.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-4.13.1-1", "v4:4.8.0-1")]
    public async Task An_acknowledgement_of_another_kind_ends_the_connection_and_leaves_the_delivery_in_the_session(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        MqttProperties? lasting = version == ProtocolVersion.V5 ? new MqttProperties { SessionExpiryInterval = 60 } : null;
        WireClient client = await broker.ConnectAsync("c", version, cleanStart: false, lasting);
        await client.SubscribeAsync("t", QoS.ExactlyOnce);
        WireClient publisher = await broker.ConnectAsync("publisher");
        await publisher.PublishAsync("t", "1", QoS.AtLeastOnce);
        await publisher.PublishAsync("t", "2", QoS.ExactlyOnce);
        await publisher.PublishAsync("t", "3", QoS.ExactlyOnce);
        ushort once = (await client.TakeAsync("1")).PacketId;
        ushort twice = (await client.TakeAsync("2")).PacketId;
        ushort begun = (await client.TakeAsync("3")).PacketId;
        await client.SendAsync(new PubRecPacket { PacketId = begun });
        await client.ExpectAsync(new PubRelPacket { PacketId = begun });

        foreach (MqttPacket wrong in new MqttPacket[]
        {
            new PubRecPacket { PacketId = once }, new PubCompPacket { PacketId = once }, new PubAckPacket { PacketId = twice }, new PubCompPacket { PacketId = twice },
            new PubAckPacket { PacketId = begun },
        })
        {
            await client.SendAsync(wrong);
            await client.ExpectCutAsync(ReasonCode.ProtocolError);
            client = await broker.ConnectAsync("c", version, cleanStart: false, lasting);
            Assert.True((await client.TakeAsync("1")).Dup);
            Assert.True((await client.TakeAsync("2")).Dup);
            await client.ExpectAsync(new PubRelPacket { PacketId = begun });
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.6.2-1", "MQTT-3.7.2-1")]
    public async Task Acknowledgements_with_reasons_and_properties_are_taken(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        await client.SubscribeAsync("t", QoS.ExactlyOnce);
        var explained = new MqttProperties { ReasonString = "thanks", UserProperties = [new("k", "v")] };
        await client.PublishAsync("t", "1", QoS.AtLeastOnce);
        await client.SendAsync(new PubAckPacket { PacketId = (await client.TakeAsync("1")).PacketId, Properties = explained });
        await client.SendPublishAsync("t", "2", QoS.ExactlyOnce, id: 9);
        await client.ExpectHexAsync("50 02 00 09");
        PublishPacket second = await client.TakeAsync("2");
        await client.SendAsync(new PubRecPacket { PacketId = second.PacketId, Properties = explained });
        await client.ExpectAsync(new PubRelPacket { PacketId = second.PacketId });
        await client.SendAsync(new PubCompPacket { PacketId = second.PacketId, Properties = explained });
        await client.SendAsync(new PubRelPacket { PacketId = 9, Reason = ReasonCode.PacketIdentifierNotFound, Properties = explained });
        await client.ExpectHexAsync("70 02 00 09");
        await client.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.4.2-2", "MQTT-3.4.2-3", "MQTT-3.5.2-2", "MQTT-3.5.2-3", "MQTT-3.6.2-2", "MQTT-3.6.2-3", "MQTT-3.7.2-2", "MQTT-3.7.2-3", "MQTT-3.9.2-1", "MQTT-3.9.2-2", "MQTT-3.1.2-29")]
    public async Task Answers_explain_themselves_where_the_client_takes_it(Link link)
    {
        const string Explanation = "1F 0007 62656361757365 26 0001 6B 0001 76"; // reason string "because", user property k=v
        const int Longest = 23;
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, new Explains());
        foreach ((MqttProperties connect, bool takes) in new[]
        {
            (MqttProperties.Empty, true),
            (new MqttProperties { MaximumPacketSize = Longest }, true),
            (new MqttProperties { MaximumPacketSize = Longest - 1 }, false),
            (new MqttProperties { RequestProblemInformation = false }, false),
            (new MqttProperties { RequestProblemInformation = true }, true),
        })
        {
            WireClient client = await broker.OpenAsync(ProtocolVersion.V5);
            await client.SendAsync(new ConnectPacket { Version = ProtocolVersion.V5, ClientId = "c", CleanStart = true, Properties = connect });
            Assert.Equal(ReasonCode.Success, (await client.ReceiveAsync<ConnAckPacket>()).Reason);
            await client.SendPublishAsync("no", "x", QoS.AtLeastOnce, id: 1);
            await client.ExpectHexAsync(takes ? $"40 15 0001 87 11 {Explanation}" : "40 03 0001 87");
            await client.SendPublishAsync("no", "x", QoS.ExactlyOnce, id: 2);
            await client.ExpectHexAsync(takes ? $"50 15 0002 87 11 {Explanation}" : "50 03 0002 87");
            await client.SendAsync(new PubRelPacket { PacketId = 3 });
            await client.ExpectHexAsync(takes ? "70 15 0003 92 11 26 0001 6B 000B 7676767676767676767676" : "70 03 0003 92");
            await client.SendAsync(new PubRecPacket { PacketId = 4 });
            await client.ExpectHexAsync("62 03 0004 92");
            await client.SendAsync(new SubscribePacket { PacketId = 5, Subscriptions = [Script.Filter("yes"), Script.Filter("no")] });
            await client.ExpectHexAsync(connect.RequestProblemInformation != false ? "90 0F 0005 0A 1F 0007 62656361757365 00 87" : "90 05 0005 00 00 87");
            await client.SendAsync(new UnsubscribePacket { PacketId = 6, Filters = ["yes", "never"] });
            await client.ExpectHexAsync("B0 05 0006 00 00 11");
            await client.DisconnectAsync();
        }

        WireClient small = await broker.OpenAsync(ProtocolVersion.V5);
        await small.SendAsync(new ConnectPacket { Version = ProtocolVersion.V5, ClientId = "c", CleanStart = true, Properties = new MqttProperties { MaximumPacketSize = 20 } });
        await small.ReceiveAsync<ConnAckPacket>();
        await small.SendAsync(new SubscribePacket { PacketId = 5, Subscriptions = [.. Enumerable.Repeat(Script.Filter("yes"), 5), Script.Filter("no")] });
        await small.ExpectHexAsync("90 09 0005 00 00 00 00 00 00 87");

        WireClient old = await broker.ConnectAsync("old");
        await old.SendPublishAsync("no", "x", QoS.AtLeastOnce, id: 1);
        await old.ExpectHexAsync("40 02 0001");
    }

    /// <summary>Denies the topic <c>no</c>, says why, and adds a property to every acknowledgement.</summary>
    private sealed class Explains : BaseTopicPlugin
    {
        public override ValueTask<Decision> FilterTopicAsync(TopicContext context) => context.Topic == "no" ? Decision.Deny(text: "because") : Decision.Allow;

        public override ValueTask OnAcknowledgeAsync(AcknowledgeContext context)
        {
            context.UserProperties = [new("k", new string('v', context.Packet == PacketType.PubComp ? 11 : 1))]; // all are equally long
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>Denies <c>deny/N</c> with code N.</summary>
    private sealed class DeniesWithCode : BaseTopicPlugin
    {
        public override ValueTask<Decision> FilterTopicAsync(TopicContext context) =>
            context.Topic.StartsWith("deny/", StringComparison.Ordinal) ? Decision.Deny((ReasonCode)int.Parse(context.Topic[5..])) : Decision.Allow;
    }
}
