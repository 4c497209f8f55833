namespace Amqtt.Broker.Diagnostics;

/// <summary>Lets through so many log lines of one kind a second and counts the others: a flood of events must not become a flood of lines. Any thread.</summary>
internal sealed class LogSampler(int perSecond)
{
    private readonly Lock _lock = new();
    private long _second = long.MinValue;
    private int _taken;
    private long _suppressed;

    /// <summary>Whether one more line may be written at <paramref name="now"/> (milliseconds).</summary>
    public bool TryTake(long now)
    {
        lock (_lock)
        {
            if (now / 1000 != _second)
            {
                _second = now / 1000;
                _taken = 0;
            }

            if (_taken < perSecond)
            {
                _taken++;
                return true;
            }

            _suppressed++;
            return false;
        }
    }

    /// <summary>How many lines were kept back since this was asked last.</summary>
    public long TakeSuppressed()
    {
        lock (_lock)
        {
            long suppressed = _suppressed;
            _suppressed = 0;
            return suppressed;
        }
    }
}
