using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Sections 3.8 and 3.9: SUBSCRIBE and SUBACK.</summary>
public sealed class Section3_8_SubscribeTests
{
    private static readonly byte[] AllowedErrors = [0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2];

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.8.4-1", "MQTT-3.8.4-2", "MQTT-3.8.4-5", "MQTT-3.8.4-6", "MQTT-3.8.4-7", "MQTT-3.9.3-1", "MQTT-3.9.3-2", "prose:3.8.4a", "prose:4.7b", "v4:3.8.4-1", "v4:3.8.4-2", "v4:3.8.4-4", "v4:3.8.4-5", "v4:3.9.3-1", "v4:3.9.3-2")]
    public async Task P_C14_one_suback_has_an_outcome_for_each_filter_in_order(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, new DeniesWithCode());
        WireClient client = await broker.ConnectAsync("c", version);
        (string Filter, QoS QoS, byte Outcome, byte OutcomeBeforeV5)[] filters =
        [
            ("a", QoS.ExactlyOnce, 2, 2), ("a#", QoS.AtMostOnce, 0x8F, 0x80), ("b", QoS.AtMostOnce, 0, 0), ("#/a", QoS.AtLeastOnce, 0x8F, 0x80),
            ("a/#/b", QoS.AtLeastOnce, 0x8F, 0x80), ("deny/135", QoS.ExactlyOnce, 0x87, 0x80), ("a+/b", QoS.AtLeastOnce, 0x8F, 0x80), ("$#", QoS.AtLeastOnce, 0x8F, 0x80),
            ("c", QoS.AtLeastOnce, 1, 1), ("a", QoS.AtLeastOnce, 1, 1), // the same again, in order
        ];
        await client.SendAsync(new SubscribePacket { PacketId = 0xABCD, Subscriptions = [.. filters.Select(static f => Script.Filter(f.Filter, f.QoS))] });
        bool isV5 = version == ProtocolVersion.V5;
        string outcomes = string.Concat(filters.Select(f => $"{(isV5 ? f.Outcome : f.OutcomeBeforeV5):X2}"));
        await client.ExpectHexAsync(isV5 ? $"90 0D ABCD 00 {outcomes}" : $"90 0C ABCD {outcomes}");
        foreach (string topic in new[] { "a", "b", "c", "deny/135" }) await client.PublishAsync(topic, topic, QoS.AtMostOnce);
        foreach (string topic in new[] { "a", "b", "c" }) await client.ExpectPublishAsync(topic, topic);
        await client.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.9.3-2", "v4:3.9.3-2")]
    public async Task Suback_has_reasons_of_its_own_whatever_a_plugin_says(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, new DeniesWithCode());
        WireClient client = await broker.ConnectAsync("c", version);
        for (int code = 0x80; code <= 0xA2; code++)
        {
            ReasonCode expected = version != ProtocolVersion.V5 ? ReasonCode.UnspecifiedError : AllowedErrors.Contains((byte)code) ? (ReasonCode)code : ReasonCode.NotAuthorized;
            await client.SendAsync(new SubscribePacket { PacketId = 1, Subscriptions = [Script.Filter($"deny/{code}")] });
            Assert.Equal([expected], (await client.ReceiveAsync<SubAckPacket>()).Reasons);
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.8.4-3", "prose:3.8.4b", "prose:3.8.2.1a", "MQTT-3.8.3-3")]
    public async Task The_same_filter_again_replaces_options_and_identifier(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient client = await broker.ConnectPersistentAsync("c");
        await client.SubscribeAsync(7, Script.Filter("t", QoS.ExactlyOnce), Script.Filter("u"));
        await ExpectAsync("t", QoS.ExactlyOnce, 7);
        await ExpectAsync("u", QoS.AtMostOnce, 7);
        await client.DisconnectAsync();
        client = await broker.ConnectPersistentAsync("c"); // it belongs to the session
        await ExpectAsync("t", QoS.ExactlyOnce, 7);
        await client.SubscribeAsync(8, Script.Filter("t", QoS.AtMostOnce, retainAsPublished: true));
        await ExpectAsync("t", QoS.AtMostOnce, 8, retain: true);
        await ExpectAsync("u", QoS.AtMostOnce, 7);
        await client.SubscribeAsync(Script.Filter("t", QoS.AtLeastOnce, handling: RetainHandling.DoNotSend));
        await ExpectAsync("t", QoS.AtLeastOnce, null);
        await client.SubscribeAsync(Script.Filter("t", QoS.AtLeastOnce, noLocal: true, handling: RetainHandling.DoNotSend));
        await client.PublishAsync("t", "own", QoS.ExactlyOnce);
        await client.ExpectNothingMoreAsync();
        await client.UnsubscribeAsync("u");
        await client.SubscribeAsync(Script.Filter("u"));
        await ExpectAsync("u", QoS.AtMostOnce, null);

        async Task ExpectAsync(string topic, QoS qos, uint? identifier, bool retain = false)
        {
            await client.PublishAsync(topic, "x", QoS.ExactlyOnce, retain);
            PublishPacket message = await client.ExpectPublishAsync(topic, "x");
            Assert.Equal((qos, retain), (message.QoS, message.Retain));
            Assert.Equal(identifier is { } one ? [one] : [], message.Properties.SubscriptionIdentifiers);
            await client.ExpectNothingMoreAsync();
        }
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.8.4-3", "MQTT-3.8.4-4", "v4:3.8.4-3")]
    public async Task P_C13_subscribing_again_brings_retained_messages_and_leaves_no_gap(Link link, ProtocolVersion version)
    {
        const int Messages = 300;
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxInflight = 1000);
        WireClient publisher = await broker.ConnectAsync("publisher", version);
        WireClient subscriber = await broker.ConnectAsync("subscriber", version);
        await publisher.PublishAsync("t/kept", "kept", QoS.AtLeastOnce, retain: true);
        await subscriber.SubscribeAsync("t/+", QoS.AtLeastOnce);
        Task publishing = Task.Run(async () =>
        {
            for (int i = 0; i < Messages; i++) await publisher.PublishAsync("t/live", $"{i}", QoS.AtLeastOnce);
        });
        const int Times = 25;
        for (int i = 0; i < Times; i++) await subscriber.SubscribeAsync("t/+", (QoS)(1 + (i % 2)));
        int next = 0;
        int kept = 0;
        while (next < Messages || kept <= Times)
        {
            PublishPacket message = await subscriber.ReceivePublishAsync();
            if (message.Topic == "t/kept") Assert.Equal((++kept, true, "kept"), (kept, message.Retain, message.Text()));
            else Assert.Equal($"{next++}", message.Text());
        }

        await publishing;
        await subscriber.ExpectNothingMoreFromAsync(publisher);
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("v4:3.8.3-2", "prose:3.2.2.3b")]
    public async Task What_is_not_available_is_refused(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(
            link,
            static options =>
            {
                options.Limits.WildcardAvailable = false;
                options.Limits.SharedAvailable = false;
                options.Limits.SubscriptionIdsAvailable = false;
            });
        if (version == ProtocolVersion.V5)
        {
            foreach ((string filter, ReasonCode reason) in new[] { ("a/+", ReasonCode.WildcardSubscriptionsNotSupported), ("$share/g/a", ReasonCode.SharedSubscriptionsNotSupported) })
            {
                WireClient refused = await broker.ConnectPersistentAsync("refused");
                await refused.SendAsync(new SubscribePacket { PacketId = 1, Subscriptions = [Script.Filter("a"), Script.Filter(filter)] });
                Assert.Equal(reason, (await refused.ReceiveAsync<DisconnectPacket>()).Reason);
                await refused.ExpectClosedAsync();
            }

            WireClient client = await broker.ConnectPersistentAsync("refused");
            await client.PublishAsync("a", "x");
            await client.ExpectNothingMoreAsync(); // a packet that ends the connection grants nothing
            await client.SendAsync(new SubscribePacket { PacketId = 1, Subscriptions = [Script.Filter("a")], Properties = new MqttProperties { SubscriptionIdentifiers = [1] } });
            Assert.Equal(ReasonCode.SubscriptionIdentifiersNotSupported, (await client.ReceiveAsync<DisconnectPacket>()).Reason);
            await client.ExpectClosedAsync();
            return;
        }

        WireClient old = await broker.ConnectAsync("c", version);
        await old.SendAsync(new SubscribePacket { PacketId = 1, Subscriptions = [Script.Filter("a/+"), Script.Filter("a"), Script.Filter("#"), Script.Filter("$share/g/a")] });
        await old.ExpectHexAsync("90 06 00 01 80 00 80 80");
        await old.PublishAsync("a", "x");
        await old.ExpectPublishAsync("a", "x");
        await old.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.8.3-3")]
    public async Task No_local_is_about_the_client_id(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient other = await broker.ConnectAsync("other", ProtocolVersion.V5);
        WireClient client = await broker.ConnectPersistentAsync("c");
        await client.SubscribeAsync(Script.Filter("t", QoS.AtLeastOnce, noLocal: true));
        await client.PublishAsync("t", "own", QoS.AtLeastOnce, retain: true);
        await client.DisconnectAsync();
        await other.PublishAsync("t", "another's", QoS.AtLeastOnce);
        client = await broker.ConnectPersistentAsync("c");
        await client.PublishAsync("t", "own on another connection", QoS.AtLeastOnce);
        await client.ExpectPublishAsync("t", "another's");
        await client.SubscribeAsync(Script.Filter("t", QoS.AtLeastOnce, noLocal: true));
        await client.ExpectNothingMoreFromAsync(other);
    }

    /// <summary>Denies <c>deny/N</c> with code N.</summary>
    private sealed class DeniesWithCode : BaseTopicPlugin
    {
        public override ValueTask<Decision> FilterTopicAsync(TopicContext context) =>
            context.Topic.StartsWith("deny/", StringComparison.Ordinal) ? Decision.Deny((ReasonCode)int.Parse(context.Topic[5..])) : Decision.Allow;
    }
}
