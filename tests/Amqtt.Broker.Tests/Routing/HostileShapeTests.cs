using System.Text;
using Amqtt.Broker.Routing;

namespace Amqtt.Broker.Tests.Routing;

/// <summary>Shapes that a client could choose to make routing slow, judged by the nodes a walk visits and never by time.</summary>
public sealed class HostileShapeTests
{
    private readonly SubscriptionTree _tree = new(1);
    private readonly TestSubscriber _client = new("c");

    [Fact]
    public void Overlapping_wildcards_visit_each_node_once()
    {
        const int depth = 12;
        for (var bits = 0; bits < 1 << depth; bits++)
            Subscribe(string.Join('/', Enumerable.Range(0, depth).Select(i => (bits >> i & 1) == 0 ? "+" : "a")));

        var (match, visited) = Walk(string.Join('/', Enumerable.Repeat("a", depth)));

        Assert.Equal(1, match.Count);
        Assert.Equal((1 << depth) - 1, match.ByLoop[0]![0].Others!.Length);
        Assert.Equal((1 << (depth + 1)) - 1, visited); // the nodes there are
    }

    [Fact]
    public void The_deepest_topic_costs_its_depth()
    {
        const int levels = 65_535;
        var deepest = new string('/', levels - 1);
        Subscribe("#");
        Subscribe(deepest);
        Subscribe("+" + deepest.Replace("/", "/+", StringComparison.Ordinal)[..^2]);

        var (match, visited) = Walk(deepest);

        Assert.Equal(1, match.Count);
        Assert.InRange(visited, levels, 3 * levels);
    }

    [Fact]
    public void A_deep_topic_ends_where_no_filter_goes_on()
    {
        Subscribe("a/+/b");
        var (match, visited) = Walk("a" + new string('/', 60_000));
        Assert.Equal(0, match.Count);
        Assert.InRange(visited, 1, 4);
    }

    [Fact]
    public void Filters_elsewhere_cost_nothing()
    {
        Subscribe("+/x");
        for (var i = 0; i < 50_000; i++)
            Subscribe($"site/{i}/temperature");
        var (match, visited) = Walk("site/49999/temperature");
        Assert.Equal(1, match.Count);
        Assert.InRange(visited, 1, 6);
    }

    private void Subscribe(string filter) => _tree.Add(new(_client, filter));

    private (Match Match, int Visited) Walk(string topic)
    {
        var walk = new TreeWalk(_tree);
        return (walk.Match(Encoding.UTF8.GetBytes(topic)), walk.Visited);
    }
}
