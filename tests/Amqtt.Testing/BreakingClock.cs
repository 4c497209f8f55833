namespace Amqtt.Testing;

/// <summary>The system's clock, which can be made to fail the next event loop of a broker that looks at it: nothing else ends one.</summary>
public sealed class BreakingClock : TimeProvider
{
    private int _breaks;

    /// <summary>The next event loop to look fails, within a quarter of a second.</summary>
    public void BreakOneLoop() => Volatile.Write(ref _breaks, 1);

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        bool isLoop = Thread.CurrentThread.Name?.StartsWith("amqtt-loop-", StringComparison.Ordinal) ?? false;
        if (isLoop && Interlocked.Exchange(ref _breaks, 0) == 1) throw new InvalidOperationException("the clock is broken");
        return base.GetTimestamp();
    }
}
