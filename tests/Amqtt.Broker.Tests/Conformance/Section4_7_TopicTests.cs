using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Section 4.7: which topics a filter matches, live and retained.</summary>
public sealed class Section4_7_TopicTests
{
    // Topics a client may publish; each filter with those it matches.
    private static readonly string[] Topics =
        ["a", "a/", "/a", "/", "//", "a/b", "a//b", "a/b/c", "A", "A/b", "a b", " a", "*", "a/*", "a$/b", "\u00E9", "e\u0301", "\uFEFFa", "\U0001D11E/x", "ab", "b/$c"];

    private static readonly (string Filter, string[] Matches)[] Filters =
    [
        ("#", Topics),
        ("+", ["a", "A", "a b", " a", "*", "\u00E9", "e\u0301", "\uFEFFa", "ab"]),
        ("a", ["a"]),
        ("A", ["A"]),
        ("a/#", ["a", "a/", "a/b", "a//b", "a/b/c", "a/*"]),
        ("a/+", ["a/", "a/b", "a/*"]),
        ("+/", ["a/", "/"]),
        ("/+", ["/a", "/"]),
        ("+/+", ["a/", "/a", "/", "a/b", "A/b", "a/*", "a$/b", "\U0001D11E/x", "b/$c"]),
        ("/", ["/"]),
        ("/#", ["/a", "/", "//"]),
        ("+/#", Topics),
        ("a/+/b", ["a//b"]),
        ("+/+/+", ["//", "a//b", "a/b/c"]),
        ("a/b/c/#", ["a/b/c"]),
        ("+/b", ["a/b", "A/b", "a$/b"]),
        ("*", ["*"]),
        ("a/*", ["a/*"]),
        ("a b", ["a b"]),
        ("\u00E9", ["\u00E9"]),
        ("e\u0301", ["e\u0301"]),
        ("\uFEFFa", ["\uFEFFa"]),
        ("\U0001D11E/+", ["\U0001D11E/x"]),
        ("b/+", ["b/$c"]),
        ("$SYS/#", []),
        ("x", []),
    ];

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.3.2-3", "MQTT-4.7.3-4", "prose:4.7a", "MQTT-1.5.4-3", "v4:3.3.2-3", "v4:4.7.3-4")]
    public async Task P_C25_filters_match_as_written_live_and_retained(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", version);
        var subscribers = new List<WireClient>();
        foreach ((string filter, _) in Filters)
        {
            WireClient subscriber = await broker.ConnectAsync($"live {filter}", version);
            await subscriber.SubscribeAsync(filter);
            subscribers.Add(subscriber);
        }

        foreach (string topic in Topics) await publisher.PublishAsync(topic, topic, QoS.AtLeastOnce, retain: true);
        for (int i = 0; i < Filters.Length; i++)
        {
            foreach (string topic in Topics.Where(Filters[i].Matches.Contains)) await subscribers[i].ExpectPublishAsync(topic, topic);
        }

        await subscribers.ExpectNothingMoreFromAsync(publisher);
        foreach ((string filter, string[] matches) in Filters)
        {
            WireClient late = await broker.ConnectAsync("late", version);
            await late.SubscribeAsync(filter);
            var retained = new List<string>();
            while (retained.Count < matches.Length) retained.Add((await late.ReceivePublishAsync()).Topic);
            Assert.Equal(matches.Order(StringComparer.Ordinal), retained.Order(StringComparer.Ordinal));
            await late.ExpectNothingMoreAsync();
            await late.DisconnectAsync();
        }
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-4.7.2-1", "v4:4.7.2-1", "prose:4.8.2c")]
    public async Task Wildcards_at_the_beginning_leave_topics_with_a_dollar_alone(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        // No client's own message goes below $; what a plugin publishes does.
        WireClient all = await broker.ConnectAsync("all", version);
        foreach (string filter in new[] { "#", "+/x", "+/#", "$share/g/#", "$share/g/+/x" }) await all.SubscribeAsync(filter);
        WireClient system = await broker.ConnectAsync("system", version);
        foreach (string filter in new[] { "$test/#", "$share/g/$test/+" }) await system.SubscribeAsync(filter);
        await broker.Broker.PublishAsync(new BrokerMessage { Topic = "$test/x", Payload = "1"u8.ToArray(), Retain = true });
        for (int i = 0; i < 2; i++) await system.ExpectPublishAsync("$test/x", "1");
        await broker.Broker.PublishAsync(new BrokerMessage { Topic = "x", Payload = "2"u8.ToArray() });
        for (int i = 0; i < 2; i++) await all.ExpectPublishAsync("x", "2"); // for the plain filters, and for $share/g/#
        foreach (string filter in new[] { "#", "+/x" }) await all.SubscribeAsync(filter);
        await all.ExpectNothingMoreAsync(); // nor the retained one
        await all.SubscribeAsync("$test/x");
        await all.ExpectPublishAsync("$test/x", "1");
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task P_C15_what_a_client_publishes_below_dollar_is_acknowledged_and_goes_nowhere(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient client = await broker.ConnectAsync("c", version);
        await client.SubscribeAsync(Script.Filter("$SYS/#"), Script.Filter("$x/y"));
        foreach (string topic in new[] { "$SYS/broker/version", "$x/y", "$share/g/t" })
        {
            foreach (QoS qos in Enum.GetValues<QoS>()) Assert.False((await client.PublishAsync(topic, "x", qos, retain: true)).IsError());
        }

        await client.ExpectNothingMoreAsync();
        await client.SubscribeAsync("$x/y");
        await client.ExpectNothingMoreAsync();
    }

    [Theory]
    [InlineData(65_535, false)]
    [InlineData(1024, false)]
    [InlineData(1024, true)]
    [Statement("MQTT-4.7.3-3", "v4:4.7.3-3")]
    public async Task Topics_and_filters_have_as_many_bytes_as_the_limit_allows(int limit, bool exceeds)
    {
        foreach (ProtocolVersion version in new[] { ProtocolVersion.V311, ProtocolVersion.V5 })
        {
            await using TestBroker broker = await TestBroker.StartAsync(Link.Tcp, options => options.Limits.MaxTopicLength = limit);
            WireClient client = await broker.ConnectAsync("c", version);
            string topic = new('x', exceeds ? limit + 1 : limit);
            await client.SendAsync(new SubscribePacket { PacketId = 1, Subscriptions = [Script.Filter(topic)] });
            ReasonCode expected = !exceeds ? ReasonCode.Success : version == ProtocolVersion.V5 ? ReasonCode.TopicFilterInvalid : ReasonCode.UnspecifiedError;
            Assert.Equal([expected], (await client.ReceiveAsync<SubAckPacket>()).Reasons);
            if (!exceeds)
            {
                await client.PublishAsync(topic, "long");
                await client.ExpectPublishAsync(topic, "long");
            }
            else if (version == ProtocolVersion.V5)
            {
                Assert.Equal(ReasonCode.TopicNameInvalid, await client.PublishAsync(topic, "long", QoS.AtLeastOnce));
            }
            else
            {
                await client.SendPublishAsync(topic, "long", QoS.AtLeastOnce, id: 1);
                await client.ExpectClosedAsync();
            }
        }
    }
}
