using Amqtt.Broker.Routing;

namespace Amqtt.Broker.Tests.Routing;

public sealed class SharedGroupTests
{
    private readonly SubscriptionTree _tree = new(2);

    [Fact]
    public void Members_take_turns_across_loops()
    {
        var members = Join(4);
        var group = _tree.Match("a"u8).Groups[0];
        var chosen = Enumerable.Range(0, 8).Select(_ => group.Choose()).ToList();
        Assert.Equal([.. members, .. members], chosen);
    }

    [Fact]
    public void Prefers_members_that_are_online()
    {
        var members = Join(3);
        Client(members[0]).Disconnect();
        Client(members[2]).Disconnect();
        var group = _tree.Match("a"u8).Groups[0];
        Assert.All(Enumerable.Range(0, 6).Select(_ => group.Choose()), chosen => Assert.Same(members[1], chosen));
    }

    [Fact]
    public void Falls_back_to_those_offline_in_turn()
    {
        var members = Join(2);
        members.ForEach(m => Client(m).Disconnect());
        var group = _tree.Match("a"u8).Groups[0];
        Assert.Equal([.. members, .. members], Enumerable.Range(0, 4).Select(_ => group.Choose()));
    }

    [Fact]
    public void Chooses_nobody_who_has_left_and_ends_with_its_last_member()
    {
        var members = Join(3);
        var group = _tree.Match("a"u8).Groups[0];
        _tree.Remove(members[0]);
        Assert.All(Enumerable.Range(0, 6).Select(_ => group.Choose()), chosen => Assert.NotSame(members[0], chosen));
        _tree.Remove(members[1]);
        _tree.Remove(members[2]);
        Assert.Null(group.Choose());
        Assert.Empty(_tree.Match("a"u8).Groups);
        Assert.True(_tree.IsEmpty);
    }

    [Fact]
    public void Others_are_asked_once_each_and_whoever_is_away_last()
    {
        var members = Join(5);
        Client(members[1]).Disconnect();
        var group = members[0].Group!;
        var others = group.OthersThan(members[3], onlineOnly: false);
        _tree.Remove(members[4]); // after it has been counted on
        Assert.Equal([members[0], members[2], members[1]], All(others));
        Assert.Equal([members[2], members[3], members[0]], All(group.OthersThan(members[1], onlineOnly: true)));
        _tree.Remove(members[0]);
        _tree.Remove(members[1]);
        _tree.Remove(members[2]);
        Assert.Empty(All(group.OthersThan(members[3], onlineOnly: false)));
        _tree.Remove(members[3]);
        Assert.Empty(All(group.OthersThan(members[3], onlineOnly: false)));

        static List<Subscription> All(OtherMembers others)
        {
            var all = new List<Subscription>();
            while (others.TryNext(out var next)) all.Add(next);
            return all;
        }
    }

    [Fact]
    public void Names_and_filters_tell_groups_apart()
    {
        var client = new TestSubscriber("c");
        _tree.Add(new(client, "$share/g/a", "g"));
        _tree.Add(new(client, "$share/h/a", "h"));
        _tree.Add(new(client, "$share/g/+", "g"));
        _tree.Add(new(client, "a"));
        var match = _tree.Match("a"u8);
        Assert.Equal(3, match.Groups.Length);
        Assert.Single(match.ByLoop[0]!);
    }

    [Fact]
    public void A_member_that_stays_is_found_while_it_moves_into_a_gap()
    {
        const int groups = 100_000;
        var current = NewGroup(out var leaves);
        var isOver = false;
        var isMissed = false;
        var choices = new Thread(() =>
        {
            while (!Volatile.Read(ref isOver) && !isMissed)
                isMissed = Volatile.Read(ref current).Choose() is null;
        });
        choices.Start();
        for (var i = 0; i < groups; i++)
        {
            leaves();
            Volatile.Write(ref current, NewGroup(out leaves));
        }

        Volatile.Write(ref isOver, true);
        choices.Join();
        Assert.False(isMissed);

        static SharedGroup NewGroup(out Action leaves)
        {
            var tree = new SubscriptionTree(1);
            var passing = new Subscription(new TestSubscriber("passing"), "$share/g/a", "g");
            tree.Add(passing);
            tree.Add(new(new TestSubscriber("stays"), "$share/g/a", "g"));
            leaves = () => tree.Remove(passing);
            return passing.Group!;
        }
    }

    private List<Subscription> Join(int count)
    {
        var members = Enumerable.Range(0, count).Select(i => new Subscription(new TestSubscriber($"c{i}", i % 2), "$share/g/a", "g")).ToList();
        members.ForEach(subscription => _tree.Add(subscription));
        return members;
    }

    private static TestSubscriber Client(Subscription subscription) => (TestSubscriber)subscription.Subscriber;
}
