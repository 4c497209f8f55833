using System.Text;
using Amqtt.Broker.Routing;
using BenchmarkDotNet.Attributes;

namespace Amqtt.Benchmarks.Routing;

/// <summary>Finding receivers among 50,000 filters of 500 clients, and changing them.</summary>
[MemoryDiagnoser]
public class TreeBenchmarks
{
    private const int Clients = 500;
    private const int FiltersPerClient = 100;

    private readonly SubscriptionTree _tree = new(loopCount: 2);
    private readonly BenchmarkSubscriber[] _clients = [.. Enumerable.Range(0, Clients).Select(i => new BenchmarkSubscriber($"client{i}", i % 2))];
    private readonly byte[] _topic = "site/client7/sensor42/t"u8.ToArray();
    private readonly byte[] _unknown = "site/nobody/sensor42/t"u8.ToArray();
    private readonly byte[][] _manyTopics = [.. Enumerable.Range(0, 1024).Select(i => Encoding.UTF8.GetBytes($"site/client{i % Clients}/sensor{i % 100}/t"))];
    private MatchCache _cache = null!;
    private TreeWalk _walk = null!;
    private int _next;

    [GlobalSetup]
    public void Fill()
    {
        foreach (var client in _clients)
        {
            for (var i = 0; i < FiltersPerClient; i++)
                _tree.Add(new(client, i % 10 == 0 ? $"site/{client.ClientId}/+/t{i}" : $"site/{client.ClientId}/sensor{i}/t"));
        }

        _cache = new(_tree);
        _walk = new(_tree);
    }

    [Benchmark(Baseline = true)]
    public object CacheHit_SameTopic() => _cache.Find(_topic);

    [Benchmark]
    public object CacheHit_1024Topics() => _cache.Find(_manyTopics[_next++ & 1023]);

    [Benchmark]
    public object Walk_OneReceiver() => _walk.Match(_topic);

    [Benchmark]
    public object Walk_NoReceiver() => _walk.Match(_unknown);

    [Benchmark]
    public void SubscribeAndUnsubscribe()
    {
        var subscription = new Subscription(_clients[_next++ % Clients], "site/new/filter/t");
        _tree.Add(subscription);
        _tree.Remove(subscription);
    }
}

internal sealed class BenchmarkSubscriber(string clientId, int loop) : Subscriber
{
    public override int Loop { get; } = loop;

    public override string ClientId { get; } = clientId;

    public override bool IsOnline => true;

    public override void Deliver(ref Publication publication, in Target target) => throw new NotSupportedException();
}
