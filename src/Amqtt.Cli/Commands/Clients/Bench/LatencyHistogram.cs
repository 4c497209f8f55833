using System.Numerics;

namespace Amqtt.Cli.Commands.Clients.Bench;

/// <summary>
/// Counts durations in buckets that grow with them: three percent wide, from a microsecond to hours, in a few kilobytes however many there are. Safe on any thread.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int SubBits = 5;
    private const int Sub = 1 << SubBits;
    private readonly long[] _counts = new long[Sub * 60];
    private long _count;
    private long _sum;
    private long _max;

    public long Count => Interlocked.Read(ref _count);

    public double MeanMilliseconds => Count == 0 ? 0 : Interlocked.Read(ref _sum) / 1000.0 / Count;

    public double MaxMilliseconds => Interlocked.Read(ref _max) / 1000.0;

    public void Record(TimeSpan latency)
    {
        var microseconds = Math.Max(0, (long)latency.TotalMicroseconds);
        Interlocked.Increment(ref _counts[Index(microseconds)]);
        Interlocked.Increment(ref _count);
        Interlocked.Add(ref _sum, microseconds);
        for (var seen = Interlocked.Read(ref _max); microseconds > seen; seen = Interlocked.Read(ref _max))
            Interlocked.CompareExchange(ref _max, microseconds, seen);
    }

    /// <summary>The duration that so many percent do not exceed; the upper end of its bucket.</summary>
    public double PercentileMilliseconds(double percent)
    {
        var wanted = (long)Math.Ceiling(Count * percent / 100);
        long seen = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += Interlocked.Read(ref _counts[i]);
            if (seen >= wanted && seen > 0)
                return Math.Min(UpperEnd(i) / 1000.0, MaxMilliseconds);
        }

        return 0;
    }

    // Below 32 each value has a bucket; above, each power of two has 32.
    private static int Index(long value)
    {
        if (value < Sub)
            return (int)value;
        var shift = BitOperations.Log2((ulong)value) - SubBits;
        return Math.Min(((shift + 1) << SubBits) + (int)((value >> shift) - Sub), (Sub * 60) - 1);
    }

    private static long UpperEnd(int index)
    {
        if (index < Sub)
            return index;
        var shift = (index >> SubBits) - 1;
        return ((Sub + (index & (Sub - 1)) + 1L) << shift) - 1;
    }
}
