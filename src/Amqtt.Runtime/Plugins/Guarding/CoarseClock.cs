namespace Amqtt.Runtime.Plugins;

/// <summary>
/// Milliseconds good enough to notice a hook that blocks, a memory read each. Asking a real clock before and after a call costs more than
/// the whole call of a quick hook: 23 ns for the tick count, 63 ns for the precise one.
/// </summary>
internal sealed class CoarseClock : IDisposable
{
    private static readonly TimeSpan Resolution = TimeSpan.FromMilliseconds(20);

    private readonly TimeProvider _time;
    private readonly long _origin;
    private readonly ITimer _timer;
    private long _milliseconds;

    public CoarseClock(TimeProvider time)
    {
        _time = time;
        _origin = time.GetTimestamp();
        _timer = time.CreateTimer(static clock => ((CoarseClock)clock!).Tick(), this, Resolution, Resolution);
    }

    public long Milliseconds => Volatile.Read(ref _milliseconds);

    public void Dispose() => _timer.Dispose();

    private void Tick() => Volatile.Write(ref _milliseconds, (long)_time.GetElapsedTime(_origin).TotalMilliseconds);
}
