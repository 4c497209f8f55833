using System.Text;
using Amqtt.Broker.Routing;
using BenchmarkDotNet.Attributes;

namespace Amqtt.Benchmarks.Routing;

/// <summary>The hash of topics and levels beside the one that .NET offers for bytes.</summary>
public class HashBenchmarks
{
    private byte[] _bytes = [];

    [Params(4, 20, 60)]
    public int Length { get; set; }

    [GlobalSetup]
    public void Fill() => _bytes = Encoding.UTF8.GetBytes("site/building7/floor3/room12/device42/temperature/now/celsius"[..Length]);

    [Benchmark(Baseline = true)]
    public ulong Seeded() => SeededHash.Of(_bytes);

    [Benchmark]
    public int HashCodeAddBytes()
    {
        var hash = default(HashCode);
        hash.AddBytes(_bytes);
        return hash.ToHashCode();
    }
}
