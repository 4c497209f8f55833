using System.Text;
using Amqtt.Broker.Routing;
using Amqtt.Protocol;
using CsCheck;

namespace Amqtt.Broker.Tests.Routing;

public sealed class RetainedStoreTests
{
    private const long Never = long.MaxValue;

    [Fact]
    public void Finds_what_the_naive_matcher_finds() =>
        Gen.Select(Generate.Topic.Array[0, 30], Generate.Filter.Array[1, 10]).Sample((topics, filters) =>
        {
            var store = new RetainedStore(1000, 1_000_000);
            var model = new HashSet<string>();
            foreach (var topic in topics)
            {
                // A topic that comes up again is cleared, so that removal and pruning are part of it.
                if (model.Add(topic))
                    Assert.True(store.Set(Retained(topic), now: 0));
                else if (model.Remove(topic))
                    Assert.True(store.Remove(Utf8(topic)));
            }

            return store.Count == model.Count && filters.All(filter =>
                Take(store.Find(Utf8(filter))).Order().SequenceEqual(model.Where(topic => NaiveMatcher.Matches(filter, topic)).Order()));
        });

    [Fact]
    public void Counts_bytes_down_to_nothing() =>
        Generate.Topic.Array[0, 40].Sample(topics =>
        {
            var store = new RetainedStore(1000, 1_000_000);
            foreach (var (topic, i) in topics.Select((t, i) => (t, i)))
                store.Set(Retained(topic, size: i), now: 0);
            var most = store.Bytes;
            foreach (var topic in topics.Distinct())
                Assert.True(store.Remove(Utf8(topic)));
            return store is { Count: 0, Bytes: 0, Root.IsEmpty: true } && (topics.Length == 0 || most > 0);
        });

    [Fact]
    public void MQTT_3_3_1_5_replaces_the_earlier_message()
    {
        var store = new RetainedStore(10, 10_000);
        var first = Retained("a", size: 100);
        var second = Retained("a", size: 10);
        store.Set(first, now: 0);
        var bytes = store.Bytes;
        store.Set(second, now: 0);
        Assert.Same(second, store.Find("a"u8, now: 0));
        Assert.Equal(1, store.Count);
        Assert.Equal(bytes - 90, store.Bytes);
    }

    [Fact]
    public void MQTT_3_3_1_6_removes_the_message()
    {
        var store = new RetainedStore(10, 10_000);
        store.Set(Retained("a/b"), now: 0);
        Assert.False(store.Remove("a"u8));
        Assert.True(store.Remove("a/b"u8));
        Assert.False(store.Remove("a/b"u8));
        Assert.Null(store.Find("a/b"u8, now: 0));
    }

    [Fact]
    public void Refuses_one_message_beyond_the_limit_and_still_replaces()
    {
        var store = new RetainedStore(maxMessages: 2, maxBytes: 10_000);
        Assert.True(store.Set(Retained("a"), now: 0));
        Assert.True(store.Set(Retained("b"), now: 0));
        Assert.False(store.Set(Retained("c"), now: 0));
        Assert.True(store.Set(Retained("b", size: 50), now: 0));
        Assert.True(store.Remove("a"u8));
        Assert.True(store.Set(Retained("c"), now: 0));
    }

    [Fact]
    public void Refuses_one_byte_beyond_the_limit_and_keeps_what_it_has()
    {
        const int size = 500;
        const int limit = 1 + size + RetainedStore.LevelCharge;
        var exact = Retained("a", size);
        var store = new RetainedStore(maxMessages: 10, limit);
        Assert.True(store.Set(exact, now: 0));
        Assert.Equal(limit, store.Bytes);
        Assert.False(store.Set(Retained("a", size + 1), now: 0));
        Assert.Same(exact, store.Find("a"u8, now: 0));
        Assert.Equal(limit, store.Bytes);
    }

    [Fact]
    public void Levels_count_once()
    {
        var store = new RetainedStore(10, 10_000);
        store.Set(Retained("a/b/c", size: 0), now: 0);
        Assert.Equal(5 + (3 * RetainedStore.LevelCharge), store.Bytes);
        store.Set(Retained("a/b/d", size: 0), now: 0);
        Assert.Equal(10 + (4 * RetainedStore.LevelCharge), store.Bytes);
    }

    [Fact]
    public void Expired_messages_are_not_found_and_go_when_they_are_met()
    {
        var store = new RetainedStore(10, 10_000);
        store.Set(Retained("a", expiresAt: 100), now: 0);
        store.Set(Retained("b"), now: 0);
        Assert.NotNull(store.Find("a"u8, now: 99));
        Assert.Null(store.Find("a"u8, now: 100));
        Assert.Equal(["b"], Take(store.Find("#"u8.ToArray()), now: 100));
        Assert.Equal(1, store.Count);
    }

    [Fact]
    public void A_sweep_removes_the_expired_and_only_those()
    {
        var store = new RetainedStore(10_000, 10_000_000);
        for (var i = 0; i < 2000; i++)
            store.Set(Retained($"{i % 2}/{i}", expiresAt: i % 2 == 0 ? 100 + i : Never), now: 0);
        store.Set(Retained("0/0"), now: 0); // no longer expires

        Assert.Equal(0, store.RemoveExpired(now: 101));
        Assert.Equal(1, store.RemoveExpired(now: 102));
        Assert.Equal(998, store.RemoveExpired(now: 10_000));
        Assert.Equal(1001, store.Count);
    }

    [Fact]
    public void What_has_expired_makes_room()
    {
        var store = new RetainedStore(maxMessages: 1, maxBytes: 10_000);
        store.Set(Retained("a/b/c", expiresAt: 100), now: 0);
        Assert.False(store.Set(Retained("a/b/d"), now: 99));
        Assert.True(store.Set(Retained("a/b/d"), now: 100));
        Assert.Equal(["a/b/d"], Take(store.All()));
    }

    [Fact]
    public void Setting_a_topic_over_and_over_leaves_nothing_behind()
    {
        var store = new RetainedStore(10, 10_000);
        for (var i = 0; i < 10_000; i++)
            store.Set(Retained("a", expiresAt: 1_000_000 + i), now: 0);
        Assert.InRange(store.ExpiryQueueLength, 1, 200);
        Assert.Equal(0, store.RemoveExpired(now: 1_009_998));
        Assert.Equal(1, store.RemoveExpired(now: 1_009_999));
    }

    [Fact]
    public void Clear_removes_dollar_topics_too()
    {
        var store = new RetainedStore(10, 10_000);
        foreach (var topic in (string[])["a", "a/b", "$SYS/x", "/"])
            store.Set(Retained(topic), now: 0);
        Assert.Equal(4, Take(store.All()).Count);
        store.Clear();
        Assert.True(store is { Count: 0, Bytes: 0, Root.IsEmpty: true });
    }

    internal static Message Retained(string topic, int size = 1, long expiresAt = Never) =>
        new(Utf8(topic), [], new byte[size], QoS.AtLeastOnce, retain: true, expiresAt);

    internal static List<string> Take(RetainedCursor cursor, long now = 0)
    {
        var topics = new List<string>();
        while (!cursor.IsFinished)
        {
            if (cursor.TryNext(now, out var message))
                topics.Add(Encoding.UTF8.GetString(message.Topic));
        }

        return topics;
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
