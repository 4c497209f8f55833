using System.Diagnostics;

namespace Amqtt.Cli.Commands.Clients.Bench;

/// <summary>
/// When each operation of one client is due. Latency counts from there, not from when it was done: a broker that stalls would otherwise be measured only when it does not.
/// </summary>
internal sealed class Pace(double perSecond)
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private long _number;

    /// <summary>Waits until the next one is due.</summary>
    /// <returns>The moment at which it was due, in ticks of the stopwatch.</returns>
    public async ValueTask<long> NextAsync(CancellationToken cancel)
    {
        if (perSecond <= 0)
            return Stopwatch.GetTimestamp();
        var due = _started + (long)((Interlocked.Increment(ref _number) - 1) / perSecond * Stopwatch.Frequency);
        while (true)
        {
            var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
            if (left <= TimeSpan.Zero)
                return due;
            // Timers are a millisecond or more late: what is due sooner goes out with the next wake-up.
            if (left < TimeSpan.FromMilliseconds(1))
                await Task.Yield();
            else
                await Task.Delay(left, cancel);
        }
    }
}
