using System.Text;
using Amqtt.Broker.Routing;
using CsCheck;

namespace Amqtt.Broker.Tests.Routing;

/// <summary>A tree beside the plain list of what is in it.</summary>
internal sealed class TreeModel
{
    public const int Loops = 3;

    private readonly Dictionary<(int Client, string Filter), Subscription> _subscriptions = [];
    private readonly TestSubscriber[] _subscribers = [.. Enumerable.Range(0, 5).Select(i => new TestSubscriber($"c{i}", i % Loops))];

    public static readonly Gen<Change> Change = Gen.Select(
        Gen.Int[0, 4], Gen.OneOf<string?>(null, null, "g", "h"), Generate.Filter,
        (client, share, filter) => new Change(client, share, filter));

    public SubscriptionTree Tree { get; } = new(Loops);

    public IEnumerable<Subscription> Subscriptions => _subscriptions.Values;

    /// <summary>Subscribes, or unsubscribes what is subscribed.</summary>
    public void Toggle(Change change)
    {
        var filter = change.ShareName is null ? change.Filter : $"$share/{change.ShareName}/{change.Filter}";
        if (_subscriptions.Remove((change.Client, filter), out var known))
        {
            Tree.Remove(known);
            return;
        }

        var subscription = new Subscription(_subscribers[change.Client], filter, change.ShareName);
        _subscriptions.Add((change.Client, filter), subscription);
        Tree.Add(subscription);
    }

    public void RemoveAll()
    {
        foreach (var subscription in _subscriptions.Values)
            Tree.Remove(subscription);
        _subscriptions.Clear();
    }

    public bool Agrees(Match match, string topic)
    {
        var matching = _subscriptions.Values.Where(s => NaiveMatcher.Matches(Encoding.UTF8.GetString(s.TopicFilter), topic)).ToList();
        var plain = matching.Where(s => s.ShareName is null).ToHashSet();
        var groups = matching.Where(s => s.ShareName is not null).Select(s => s.Group!).ToHashSet();
        var targets = match.ByLoop.SelectMany((t, loop) => (t ?? []).Select(target => (target, loop))).ToList();
        return match.Topic == topic
            && targets.All(t => t.target.Subscriber.Loop == t.loop)
            && targets.DistinctBy(t => t.target.Subscriber).Count() == targets.Count
            && targets.All(t => (t.target.Others ?? []).All(o => o.Subscriber == t.target.Subscriber))
            && targets.Sum(t => 1 + (t.target.Others?.Length ?? 0)) == plain.Count
            && plain.SetEquals(targets.SelectMany(t => (t.target.Others ?? []).Append(t.target.First)))
            && match.Groups.Length == groups.Count
            && groups.SetEquals(match.Groups)
            && match.Count == targets.Count + groups.Count;
    }
}

internal sealed record Change(int Client, string? ShareName, string Filter);
