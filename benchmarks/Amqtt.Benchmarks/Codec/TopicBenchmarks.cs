using System.Text;
using Amqtt.Protocol;
using BenchmarkDotNet.Attributes;

namespace Amqtt.Benchmarks.Codec;

/// <summary>Checking and matching topics.</summary>
[MemoryDiagnoser]
public class TopicBenchmarks
{
    private readonly byte[] _short = "sensors/kitchen/t/20"u8.ToArray();
    private readonly byte[] _long = Encoding.UTF8.GetBytes(string.Join('/', Enumerable.Repeat("building-7/floor-3", 6)));
    private readonly byte[] _cyrillic = Encoding.UTF8.GetBytes("дом/кухня/т/20");
    private readonly byte[] _filter = "sensors/+/t/#"u8.ToArray();

    [Benchmark(Baseline = true)]
    public bool IsValid_20Bytes() => TopicName.IsValid(_short);

    [Benchmark]
    public bool IsValid_113Bytes() => TopicName.IsValid(_long);

    [Benchmark]
    public bool IsValid_BeyondAscii() => TopicName.IsValid(_cyrillic);

    [Benchmark]
    public bool IsValid_Filter() => TopicFilter.IsValid(_filter);

    [Benchmark]
    public bool Matches() => TopicFilter.Matches(_filter, _short);
}
