using System.Collections.Immutable;
using System.Text;
using Amqtt.Broker.Routing;

namespace Amqtt.Broker.Tests.Routing;

public sealed class SubscriptionTreeConcurrencyTests
{
    private const int Readers = 3;
    private const int ReadsPerReader = 20_000;
    private const int MostSubscriptions = 80;

    private static readonly string[] Topics = ["a/b", "a/b/c", "b", "a", "n/0", "n/7"];

    // Overlaps and crowds, and a node whose children come and go.
    private static readonly string[] Filters =
        ["#", "+/b", "a/+", "a/#", "a/b", "a/b", "a/b", "+/+/c", "a/b/c", "b", .. Enumerable.Range(0, 10).Select(i => $"n/{i}")];

    private readonly SubscriptionTree _tree = new(Readers);
    private readonly List<string> _faults = [];

    /// <summary>What is certainly in the tree: entered after it has been added, left before it is removed.</summary>
    private ImmutableHashSet<Subscription> _there = [];

    [Fact]
    public void A_read_finds_what_is_there_before_and_after_it_and_nothing_that_does_not_match()
    {
        var readers = Enumerable.Range(0, Readers).Select(_ => new Thread(Read)).ToList();
        readers.ForEach(reader => reader.Start());

        var random = new Random(1);
        var subscriptions = new List<Subscription>();
        while (readers.Exists(reader => reader.IsAlive))
        {
            if (random.Next(MostSubscriptions) >= subscriptions.Count)
            {
                var subscriber = new TestSubscriber("c", random.Next(Readers));
                subscriptions.Add(new(subscriber, Filters[random.Next(Filters.Length)]));
                _tree.Add(subscriptions[^1]);
                Volatile.Write(ref _there, _there.Add(subscriptions[^1]));
            }
            else
            {
                var i = random.Next(subscriptions.Count);
                Volatile.Write(ref _there, _there.Remove(subscriptions[i]));
                _tree.Remove(subscriptions[i]);
                subscriptions.RemoveAt(i);
            }
        }

        Assert.Empty(_faults);
        subscriptions.ForEach(_tree.Remove);
        Assert.True(_tree.IsEmpty);
    }

    private void Read()
    {
        var cache = new MatchCache(_tree);
        for (var i = 0; i < ReadsPerReader; i++)
        {
            var topic = Topics[i % Topics.Length];
            var before = Volatile.Read(ref _there);
            var match = cache.Find(Encoding.UTF8.GetBytes(topic));
            var after = Volatile.Read(ref _there);

            var found = match.ByLoop.SelectMany(targets => targets ?? []).SelectMany(t => (t.Others ?? []).Append(t.First)).ToHashSet();
            var missing = before.FirstOrDefault(s => !found.Contains(s) && after.Contains(s) && NaiveMatcher.Matches(s.Filter, topic));
            var strange = found.FirstOrDefault(s => !NaiveMatcher.Matches(s.Filter, topic));
            if (missing is null && strange is null)
                continue;
            lock (_faults)
                _faults.Add($"{topic}: missing {missing}, strange {strange}");
            return;
        }
    }
}
