using System.Text;
using Amqtt.Broker.Routing;
using CsCheck;

namespace Amqtt.Broker.Tests.Routing;

public sealed class SubscriptionTreeTests
{
    [Fact]
    public void Agrees_with_the_naive_matcher() =>
        Gen.Select(TreeModel.Change.Array[0, 40], Generate.Topic.Array[1, 10]).Sample((changes, topics) =>
        {
            var model = new TreeModel();
            foreach (var change in changes)
                model.Toggle(change);
            return model.Tree.Count == model.Subscriptions.Count()
                && topics.All(topic => model.Agrees(model.Tree.Match(Encoding.UTF8.GetBytes(topic)), topic));
        });

    [Fact]
    public void Is_as_small_as_before_when_everybody_has_left() =>
        TreeModel.Change.Array[0, 60].Sample(changes =>
        {
            var model = new TreeModel();
            foreach (var change in changes)
                model.Toggle(change);
            model.RemoveAll();
            return model.Tree is { Count: 0, IsEmpty: true };
        });

    [Theory]
    [InlineData("#", "$SYS/x", false)]
    [InlineData("+/x", "$SYS/x", false)]
    [InlineData("$SYS/#", "$SYS/x", true)]
    [InlineData("$SYS/+", "$SYS/x", true)]
    [InlineData("a/#", "a/$x", true)]
    [InlineData("$share/g/#", "$SYS/x", false)]
    public void MQTT_4_7_2_1_leading_wildcards_leave_dollar_topics_alone(string filter, string topic, bool isMatch) =>
        Assert.Equal(isMatch ? 1 : 0, TreeWith(filter).Match(Encoding.UTF8.GetBytes(topic)).Count);

    [Theory]
    [InlineData("a/#", "a", true)]
    [InlineData("a/#", "a/", true)]
    [InlineData("a/+", "a", false)]
    [InlineData("a/+", "a/", true)]
    [InlineData("+/+", "/x", true)]
    [InlineData("/+", "/x", true)]
    [InlineData("+", "/x", false)]
    [InlineData("/", "/", true)]
    [InlineData("a b/*", "a b/*", true)]
    [InlineData("a/*", "a/b", false)]
    [InlineData("A", "a", false)]
    [InlineData("$share/g//x", "/x", true)]
    public void Section_4_7_matches_level_by_level(string filter, string topic, bool isMatch) =>
        Assert.Equal(isMatch ? 1 : 0, TreeWith(filter).Match(Encoding.UTF8.GetBytes(topic)).Count);

    [Fact]
    public void A_walk_that_failed_leaves_nothing_to_the_next_one()
    {
        var tree = new SubscriptionTree(1);
        tree.Add(new(new TestSubscriber("nowhere", loop: 7), "a"));
        tree.Add(new(new TestSubscriber("here"), "b"));
        var walk = new TreeWalk(tree);
        Assert.Throws<IndexOutOfRangeException>(() => walk.Match("a"u8)); // there is one loop
        Assert.Equal(1, walk.Match("b"u8).Count);
    }

    [Fact]
    public void A_match_is_current_until_its_corner_changes()
    {
        var tree = TreeWith("a/b");
        var match = tree.Match("a/b"u8);
        Assert.True(tree.IsCurrent(match));

        var wildcard = new Subscription(new TestSubscriber("w"), "+/b");
        tree.Add(wildcard);
        Assert.False(tree.IsCurrent(match));

        match = tree.Match("a/b"u8);
        Assert.Equal(2, match.Count);
        tree.Remove(wildcard);
        Assert.False(tree.IsCurrent(match));
    }

    [Fact]
    public void Joining_a_group_leaves_matches_current_and_still_counts()
    {
        var tree = TreeWith("$share/g/a");
        var match = tree.Match("a"u8);
        var second = new TestSubscriber("second");
        tree.Add(new(second, "$share/g/a", "g"));
        Assert.True(tree.IsCurrent(match));
        Assert.Equal(2, match.Groups[0].Count);
    }

    [Fact]
    public void Removing_ends_a_subscription_in_matches_made_before()
    {
        var tree = new SubscriptionTree(1);
        var subscription = new Subscription(new TestSubscriber("c"), "a");
        tree.Add(subscription);
        var match = tree.Match("a"u8);
        tree.Remove(subscription);
        Assert.False(match.ByLoop[0]![0].First.IsActive);
        tree.Remove(subscription);
        Assert.Equal(0, tree.Count);
    }

    [Fact]
    public void A_crowd_on_one_filter_is_found_whole()
    {
        var tree = new SubscriptionTree(TreeModel.Loops);
        var crowd = Enumerable.Range(0, 5000).Select(i => new Subscription(new TestSubscriber($"c{i}", i % TreeModel.Loops), "news")).ToList();
        crowd.ForEach(subscription => tree.Add(subscription));
        Assert.Equal(crowd.Count, tree.Match("news"u8).Count);
        crowd.ForEach(tree.Remove);
        Assert.True(tree.IsEmpty);
    }

    private static SubscriptionTree TreeWith(string filter)
    {
        var tree = new SubscriptionTree(1);
        var shareName = filter.StartsWith("$share/", StringComparison.Ordinal) ? filter.Split('/')[1] : null;
        tree.Add(new(new TestSubscriber("first"), filter, shareName));
        return tree;
    }
}
