using System.Text;
using Amqtt.Broker.Routing;
using Amqtt.Broker.Sessions;
using Amqtt.Broker.Transport;
using Microsoft.Extensions.Logging.Abstractions;

namespace Amqtt.Broker.Tests.Routing;

/// <summary>What a client may make its loop look for at once.</summary>
public sealed class RetainedReplaysTests
{
    private const int Topics = 20_000;
    private const int Filters = 50;

    private readonly RetainedStore _store = new(1_000_000, long.MaxValue);
    private readonly List<RetainedCursor> _cursors = [];

    private int Visited => _cursors.Sum(static cursor => cursor.Visited);

    [Fact]
    public async Task Many_filters_get_no_larger_part_of_a_round_than_one()
    {
        for (int i = 0; i < Topics; i++) Set($"{i}/a");
        Set("x/b");
        using var loop = new EventLoop(0, new LoopClock(TimeProvider.System), NullLogger.Instance);
        loop.Start();
        var done = new TaskCompletionSource();
        var perRound = new List<int>();
        int met = 0;
        RetainedReplays replays = null!;
        replays = new(loop, Pump);

        // As SUBSCRIBE does it: one filter after the other, and each asks for its messages at once.
        await loop.RunAsync(() =>
        {
            for (int i = 0; i < Filters; i++)
            {
                Add(replays, $"+/b/{i}");
                Take();
            }

            Add(replays, "+/b");
            Take();
            perRound.Add(Visited);
        });
        await done.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        loop.Stop();
        await loop.Stopped;

        Assert.Equal(1, met);
        Assert.All(perRound, static visited => Assert.InRange(visited, 1, RetainedReplays.NodesPerRound));
        Assert.True(perRound.Count >= Filters * Topics / RetainedReplays.NodesPerRound);

        void Take()
        {
            while (replays.TryNext(out _)) met++;
        }

        void Pump()
        {
            int before = Visited;
            Take();
            perRound.Add(Visited - before);
            if (replays.IsEmpty) done.SetResult();
        }
    }

    private void Add(RetainedReplays replays, string filter)
    {
        RetainedCursor cursor = _store.Find(Encoding.UTF8.GetBytes(filter));
        _cursors.Add(cursor);
        replays.Add(new RetainedReplay(cursor, new Subscription(new TestSubscriber("c"), filter)));
    }

    private void Set(string topic) => Assert.True(_store.Set(RetainedStoreTests.Retained(topic), now: 0));
}
