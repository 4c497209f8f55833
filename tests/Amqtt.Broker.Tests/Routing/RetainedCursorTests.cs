using System.Text;
using Amqtt.Broker.Routing;
using CsCheck;

namespace Amqtt.Broker.Tests.Routing;

public sealed class RetainedCursorTests
{
    private readonly RetainedStore _store = new(1_000_000, long.MaxValue);

    [Fact]
    public void Meets_what_stays_once_while_the_store_changes() =>
        Gen.Select(Generate.Topic.Array[1, 20], Generate.Topic.Array[1, 60], Generate.Filter).Sample((stay, toggled, filter) =>
        {
            var store = new RetainedStore(1000, 1_000_000);
            foreach (var topic in stay)
                Set(store, topic);

            // Between any two messages others come and go.
            var met = new List<string>();
            var cursor = store.Find(Encoding.UTF8.GetBytes(filter));
            for (var i = 0; !cursor.IsFinished; i++)
            {
                if (cursor.TryNext(now: 0, out var message))
                    met.Add(Encoding.UTF8.GetString(message.Topic));
                foreach (var topic in toggled.Skip(3 * i).Take(3).Except(stay))
                {
                    if (!store.Remove(Encoding.UTF8.GetBytes(topic)))
                        Set(store, topic);
                }
            }

            return met.TrueForAll(topic => NaiveMatcher.Matches(filter, topic))
                && stay.Distinct().Where(topic => NaiveMatcher.Matches(filter, topic)).All(topic => met.Count(m => m == topic) == 1);
        });

    [Fact]
    public void Gives_way_where_a_large_store_holds_nothing_for_it()
    {
        for (var i = 0; i < 20_000; i++)
            Set(_store, $"{i}/a");
        Set(_store, "x/b");

        var cursor = _store.Find("+/b"u8.ToArray());
        var (calls, met) = (0, 0);
        for (; !cursor.IsFinished; calls++)
            met += cursor.TryNext(now: 0, out _) ? 1 : 0;

        Assert.Equal(1, met);
        Assert.InRange(calls, 3, 100);
    }

    [Fact]
    public void Costs_the_part_of_the_store_that_matches()
    {
        for (var i = 0; i < 20_000; i++)
            Set(_store, $"other/{i}");
        Set(_store, "site/1/t");
        Set(_store, "site/2/t");
        Assert.InRange(VisitedBy("site/+/t"), 2, 10);
        Assert.InRange(VisitedBy("site/#"), 4, 20);
        Assert.InRange(VisitedBy("other/777"), 1, 1);
    }

    [Fact]
    public void The_deepest_topic_and_filter_are_a_walk_like_any_other()
    {
        var deepest = new string('/', 65_534);
        Set(_store, deepest);
        Assert.Equal([deepest], RetainedStoreTests.Take(_store.Find("#"u8.ToArray())));
        Assert.Equal([deepest], RetainedStoreTests.Take(_store.Find(Encoding.UTF8.GetBytes(deepest))));
        Assert.Equal([deepest], RetainedStoreTests.Take(_store.Find(Encoding.UTF8.GetBytes(string.Join('/', Enumerable.Repeat('+', 32_767)) + "/#"))));
    }

    [Fact]
    public void Readers_and_writers_do_not_disturb_each_other()
    {
        var stay = Enumerable.Range(0, 50).Select(i => $"{i % 5}/{i}/x").ToList();
        stay.ForEach(topic => Set(_store, topic));
        var faults = new List<string>();
        var readers = Enumerable.Range(0, 3).Select(_ => new Thread(Read)).ToList();
        readers.ForEach(r => r.Start());
        var random = new Random(1);
        while (readers.Exists(r => r.IsAlive))
        {
            var topic = $"{random.Next(7)}/{random.Next(100, 300)}/{random.Next(2)}";
            if (!_store.Remove(Encoding.UTF8.GetBytes(topic)))
                Set(_store, topic);
        }

        Assert.Empty(faults);

        void Read()
        {
            for (var i = 0; i < 500; i++)
            {
                var met = RetainedStoreTests.Take(_store.Find("+/+/#"u8.ToArray()));
                if (stay.TrueForAll(topic => met.Count(m => m == topic) == 1))
                    continue;
                lock (faults)
                    faults.Add("a message that stays was missed or met twice");
                return;
            }
        }
    }

    private static void Set(RetainedStore store, string topic) => Assert.True(store.Set(RetainedStoreTests.Retained(topic), now: 0));

    private int VisitedBy(string filter)
    {
        var cursor = _store.Find(Encoding.UTF8.GetBytes(filter));
        RetainedStoreTests.Take(cursor);
        return cursor.Visited;
    }
}
