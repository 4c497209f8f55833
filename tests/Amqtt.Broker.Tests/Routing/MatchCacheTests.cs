using System.Text;
using Amqtt.Broker.Routing;
using CsCheck;

namespace Amqtt.Broker.Tests.Routing;

public sealed class MatchCacheTests
{
    [Fact]
    public void Never_returns_a_stale_match() =>
        Gen.Select(Gen.Int[1, 12], Gen.OneOf(TreeModel.Change.Select(c => (object)c), Generate.Topic.Select(t => (object)t)).Array[1, 80])
            .Sample((size, steps) =>
            {
                var model = new TreeModel();
                var cache = new MatchCache(model.Tree, maxEntries: size);
                foreach (var step in steps)
                {
                    if (step is Change change)
                        model.Toggle(change);
                    else if (step is string topic && !model.Agrees(cache.Find(Encoding.UTF8.GetBytes(topic)), topic))
                        return false;
                }

                return true;
            });

    [Fact]
    public void Returns_the_same_match_and_allocates_nothing_on_a_hit()
    {
        var tree = new SubscriptionTree(1);
        tree.Add(new(new TestSubscriber("c"), "a/+"));
        var cache = new MatchCache(tree);
        var first = cache.Find("a/b"u8);
        _ = cache.Find("a/b"u8);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var second = cache.Find("a/b"u8);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Same(first, second);
    }

    [Fact]
    public void Keeps_within_its_entries()
    {
        var cache = new MatchCache(new(1), maxEntries: 100);
        for (var i = 0; i < 1000; i++)
        {
            _ = cache.Find(Encoding.UTF8.GetBytes($"topic/{i}"));
            Assert.InRange(cache.Count, 1, 100);
        }
    }

    [Fact]
    public void Keeps_within_its_bytes()
    {
        const int most = 20_000;
        var cache = new MatchCache(new(1), maxBytes: most);
        for (var i = 0; i < 1000; i++)
        {
            _ = cache.Find(Encoding.UTF8.GetBytes($"{i}/" + new string('x', 500)));
            Assert.InRange(cache.Bytes, 1, most);
        }
    }

    [Fact]
    public void Matches_that_have_grown_push_others_out()
    {
        const int most = 20_000;
        var tree = new SubscriptionTree(1);
        var cache = new MatchCache(tree, maxBytes: most);
        Find("a", "b", "c", "d", "e");
        for (var i = 0; i < 400; i++)
            tree.Add(new(new TestSubscriber($"c{i}"), "#"));
        Find("a", "b", "c", "d", "e");
        Assert.InRange(cache.Bytes, 1, most);

        void Find(params string[] topics)
        {
            foreach (var topic in topics)
                _ = cache.Find(Encoding.UTF8.GetBytes(topic));
        }
    }

    [Fact]
    public void What_is_in_use_survives_ageing()
    {
        var cache = new MatchCache(new(1));
        var match = cache.Find("a"u8);
        _ = cache.Find("b"u8);
        for (var i = 0; i < 5; i++)
        {
            cache.Age();
            Assert.Same(match, cache.Find("a"u8));
        }

        Assert.InRange(cache.Count, 1, 2);
    }
}
