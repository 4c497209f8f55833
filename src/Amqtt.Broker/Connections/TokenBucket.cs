namespace Amqtt.Broker.Connections;

/// <summary>A rate with a burst: so many units a second, of which a quiet time saves up so many. Any thread.</summary>
internal sealed class TokenBucket
{
    private readonly Lock _lock = new();
    private readonly double _perSecond;
    private readonly double _capacity;
    private double _units;
    private long _at;

    /// <param name="perSecond">Units that come back each second.</param>
    /// <param name="capacity">The most there are; it starts with them.</param>
    public TokenBucket(double perSecond, double capacity)
    {
        _perSecond = perSecond;
        _capacity = _units = capacity;
    }

    /// <summary>Takes one unit at <paramref name="now"/> (milliseconds); false if there is none.</summary>
    public bool TryTake(long now)
    {
        lock (_lock)
        {
            Refill(now);
            if (_units < 1) return false;
            _units--;
            return true;
        }
    }

    /// <summary>Takes <paramref name="units"/> whether there are so many or not, and returns how many milliseconds it takes until none is owed.</summary>
    public long Spend(double units, long now)
    {
        lock (_lock)
        {
            Refill(now);
            _units -= units;
            return _units >= 0 ? 0 : (long)Math.Ceiling(-_units * 1000 / _perSecond);
        }
    }

    /// <summary>Whether nothing of it is in use.</summary>
    public bool IsFull(long now)
    {
        lock (_lock)
        {
            Refill(now);
            return _units >= _capacity;
        }
    }

    private void Refill(long now)
    {
        if (now <= _at) return;
        _units = Math.Min(_capacity, _units + ((now - _at) * _perSecond / 1000));
        _at = now;
    }
}
