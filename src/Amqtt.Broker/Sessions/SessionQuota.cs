using System.Collections.Concurrent;
using Amqtt.Broker.Configuration;
using Amqtt.Broker.Diagnostics;

namespace Amqtt.Broker.Sessions;

/// <summary>The places for sessions that outlive their connections, of the broker and of each identity (<c>max_sessions</c>, <c>max_sessions_per_identity</c>). Any thread.</summary>
internal sealed class SessionQuota
{
    // Counted whether they are bounded or not: a reload may bound them.
    private readonly ConcurrentDictionary<string, int> _byIdentity = new(StringComparer.Ordinal);
    private volatile int _maximum;
    private volatile int _perIdentity;
    private int _count;

    public SessionQuota(LimitOptions limits) => SetLimits(limits);

    /// <summary>Sessions that have a place.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Other bounds from now on; whoever has a place keeps it.</summary>
    public void SetLimits(LimitOptions limits) => (_maximum, _perIdentity) = (limits.MaxSessions, limits.MaxSessionsPerIdentity);

    /// <summary>Takes a place; otherwise says which limit has none left.</summary>
    /// <param name="identity">Whose session it is; sessions of nobody in particular count for the broker only.</param>
    public Refusal? TryTake(string? identity)
    {
        if (Interlocked.Increment(ref _count) > _maximum)
        {
            Interlocked.Decrement(ref _count);
            return Refusal.MaxSessions;
        }

        if (TryCount(identity)) return null;
        Interlocked.Decrement(ref _count);
        return Refusal.MaxSessionsPerIdentity;
    }

    /// <summary>A place goes over to another owner; otherwise says that this one has none left.</summary>
    public Refusal? TryMove(string? from, string? to)
    {
        if (!TryCount(to)) return Refusal.MaxSessionsPerIdentity;
        Uncount(from);
        return null;
    }

    /// <summary>Gives a place back.</summary>
    public void Return(string? identity)
    {
        Interlocked.Decrement(ref _count);
        Uncount(identity);
    }

    private bool TryCount(string? identity)
    {
        if (identity is null || _byIdentity.AddOrUpdate(identity, 1, static (_, count) => count + 1) <= _perIdentity) return true;
        Uncount(identity);
        return false;
    }

    private void Uncount(string? identity)
    {
        if (identity is null) return;
        int left = _byIdentity.AddOrUpdate(identity, 0, static (_, count) => count - 1);
        if (left == 0) _byIdentity.TryRemove(new KeyValuePair<string, int>(identity, 0));
    }
}
