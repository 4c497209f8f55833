namespace Amqtt.Broker.Transport;

/// <summary>
/// The broker's clock: milliseconds since the broker was made, from a <see cref="TimeProvider"/>, monotonic. One timer ticks every loop.
/// Any thread.
/// </summary>
internal sealed class LoopClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    /// <summary>What the milliseconds come from.</summary>
    public TimeProvider Time => time;

    /// <summary>Milliseconds since the start.</summary>
    public long Now => (long)time.GetElapsedTime(_start).TotalMilliseconds;

    /// <summary>Ticks <paramref name="loops"/> until the result is disposed.</summary>
    public IDisposable TickEvery(EventLoop[] loops)
    {
        var ticks = new TickWork[loops.Length];
        for (int i = 0; i < loops.Length; i++) ticks[i] = new TickWork();
        var period = TimeSpan.FromMilliseconds(TimerWheel.TickMilliseconds);
        return time.CreateTimer(
            _ =>
            {
                for (int i = 0; i < loops.Length; i++) loops[i].Post(ticks[i]);
            },
            state: null,
            period,
            period);
    }

    private sealed class TickWork : LoopWork
    {
        public override void Run(EventLoop loop) => loop.Timers.Advance(loop.Clock.Now);
    }
}
