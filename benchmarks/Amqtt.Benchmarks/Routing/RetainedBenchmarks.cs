using System.Text;
using Amqtt.Broker.Routing;
using Amqtt.Protocol;
using BenchmarkDotNet.Attributes;

namespace Amqtt.Benchmarks.Routing;

/// <summary>The retained store with 10,000 messages: replaying all, replacing one.</summary>
[MemoryDiagnoser]
public class RetainedBenchmarks
{
    private const int Messages = 10_000;

    private readonly RetainedStore _store = new(int.MaxValue, long.MaxValue);
    private readonly byte[] _all = "#"u8.ToArray();
    private readonly byte[] _someOf = "site/+/sensor7"u8.ToArray();
    private readonly Message _message = MessageAt(4242);

    [GlobalSetup]
    public void Fill()
    {
        for (var i = 0; i < Messages; i++)
            _store.Set(MessageAt(i), now: 0);
    }

    [Benchmark(OperationsPerInvoke = Messages)]
    public int Replay_All() => Take(_all);

    [Benchmark(OperationsPerInvoke = Messages / 100)]
    public int Replay_OneInHundred() => Take(_someOf);

    [Benchmark]
    public bool Replace() => _store.Set(_message, now: 0);

    private int Take(byte[] filter)
    {
        var taken = 0;
        var cursor = _store.Find(filter);
        while (!cursor.IsFinished)
        {
            if (cursor.TryNext(now: 0, out _))
                taken++;
        }

        return taken;
    }

    private static Message MessageAt(int i) =>
        new(Encoding.UTF8.GetBytes($"site/{i / 100}/sensor{i % 100}"), [], new byte[64], QoS.AtMostOnce, retain: true);
}
