using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Hostile;

/// <summary>
/// Valid packets of extreme shape, with the limits that would refuse them lifted. They pass, and whoever else is there is served at once:
/// what took quadratic time or recursion would not get through here.
/// </summary>
public sealed class ShapeTests
{
    private const int LongestTopic = ushort.MaxValue;

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task A_topic_of_65_535_levels(Link link)
    {
        await using TestBroker broker = await StartAsync(link);
        WireClient client = await broker.ConnectAsync("c");
        string deepest = new('/', LongestTopic - 1);
        await client.SubscribeAsync(deepest, QoS.AtLeastOnce);
        await client.SubscribeAsync(string.Concat(Enumerable.Repeat("+/", (LongestTopic / 2) - 1)) + "#");
        await client.PublishAsync(deepest, "deep");
        Assert.Equal(deepest, (await client.ReceivePublishAsync()).Topic);
        await client.UnsubscribeAsync(deepest);
        await client.ExpectNothingMoreAsync();
        await ServesAsync(broker);
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task A_packet_with_10_000_user_properties(Link link)
    {
        await using TestBroker broker = await StartAsync(link);
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        await client.SubscribeAsync("a");
        var properties = new MqttProperties { UserProperties = [.. Enumerable.Range(0, 10_000).Select(static i => new UserProperty($"k{i}", "v"))] };
        await client.PublishAsync("a", "x", properties: properties);
        Assert.Equal(properties.UserProperties, (await client.ReceivePublishAsync()).Properties.UserProperties);
        await ServesAsync(broker);
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task A_subscribe_with_20_000_filters(Link link)
    {
        await using TestBroker broker = await StartAsync(link);
        WireClient client = await broker.ConnectAsync("c");
        string[] filters = [.. Enumerable.Range(0, 20_000).Select(static i => $"f/{i}/+")];
        await client.SubscribeAsync([.. filters.Select(static f => new SubscriptionRequest(f, default))]);
        await client.PublishAsync("f/19999/x", "last");
        await client.ExpectPublishAsync("f/19999/x", "last");
        await client.UnsubscribeAsync(filters);
        await client.PublishAsync("f/0/x", "gone");
        await client.ExpectNothingMoreAsync();
        await ServesAsync(broker);
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task Four_thousand_overlapping_wildcards_are_one_delivery(Link link)
    {
        await using TestBroker broker = await StartAsync(link);
        WireClient client = await broker.ConnectAsync("c");
        const int Levels = 12;
        string topic = string.Join('/', Enumerable.Repeat("l", Levels));
        await client.SubscribeAsync([.. Enumerable.Range(0, 1 << Levels).Select(static pattern => new SubscriptionRequest(FilterOf(pattern), default))]);
        for (int i = 0; i < 100; i++) await client.PublishAsync(topic, $"{i}");
        for (int i = 0; i < 100; i++) await client.ExpectPublishAsync(topic, $"{i}");
        await client.ExpectNothingMoreAsync();
        await ServesAsync(broker);

        static string FilterOf(int pattern) => string.Join('/', Enumerable.Range(0, Levels).Select(level => (pattern >> level & 1) == 0 ? "+" : "l"));
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task Many_packets_in_one_segment_and_one_packet_in_many(Link link)
    {
        await using TestBroker broker = await StartAsync(link);
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        await client.SubscribeAsync("a");
        byte[] one = PacketCodec.Encode(new PublishPacket { Topic = "a", Payload = "x"u8.ToArray() }, ProtocolVersion.V5);
        await client.SendAsync([.. Enumerable.Repeat(one, 5000).SelectMany(static bytes => bytes)]);
        for (int i = 0; i < 5000; i++) await client.ExpectPublishAsync("a", "x");
        foreach (byte dripped in one) await client.SendAsync(dripped);
        await client.ExpectPublishAsync("a", "x");
        await client.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task P_C5_half_open_connections_end_in_time_and_disturb_nobody(Link link)
    {
        await using TestBroker broker = await StartAsync(link);
        var halfOpen = new List<WireClient>();
        for (int i = 0; i < 240; i++)
        {
            WireClient silent = await broker.OpenAsync();
            byte[] connect = PacketCodec.Encode(new ConnectPacket { Version = ProtocolVersion.V311, ClientId = "half", CleanStart = true }, ProtocolVersion.V311);
            await silent.SendAsync(connect[..(i % connect.Length)]);
            halfOpen.Add(silent);
        }

        await ServesAsync(broker);
        broker.Time.Advance(TimeSpan.FromSeconds(11));
        foreach (WireClient silent in halfOpen) await silent.ExpectClosedAsync();
        await ServesAsync(broker);
    }

    private static Task<TestBroker> StartAsync(Link link) => TestBroker.StartAsync(link, static options =>
    {
        options.Limits.MaxTopicLength = LongestTopic;
        options.Limits.MaxTopicLevels = int.MaxValue;
        options.Limits.MaxUserProperties = int.MaxValue;
        options.Limits.MaxUserPropertyBytes = int.MaxValue;
        options.Limits.MaxSubscriptions = int.MaxValue;
        options.Limits.MaxFiltersPerSubscribe = int.MaxValue;
    });

    private static async Task ServesAsync(TestBroker broker)
    {
        WireClient other = await broker.ConnectAsync($"other-{Guid.NewGuid():N}");
        await other.SubscribeAsync("served", QoS.AtLeastOnce);
        await other.PublishAsync("served", "x", QoS.AtLeastOnce);
        PublishPacket received = await other.ExpectPublishAsync("served", "x");
        await other.SendAsync(new PubAckPacket { PacketId = received.PacketId });
    }
}
