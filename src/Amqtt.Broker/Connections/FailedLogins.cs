using System.Net;
using Amqtt.Broker.Transport;

namespace Amqtt.Broker.Connections;

/// <summary>
/// What failed logins cost (<c>limits.failed_logins</c>): so many a minute from one address, or with one user name, are free; after that every further one makes the next wait twice
/// as long, from 1 s to 60 s, before a plugin is even asked. A minute without a failure beyond the wait is forgiven. Any thread.
/// </summary>
/// <remarks>
/// A user name that strangers guess at does not lock its owner out: the address from which it logged in last waits only for failures of its own.
/// </remarks>
internal sealed class FailedLogins(TimeProvider time)
{
    /// <summary>Connections of one address that may wait at a time; further ones are turned away.</summary>
    public const int MostWaiting = 64;

    private const int MostEntries = 16_384;
    private const int Doublings = 6;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, Entry> _addresses = [];
    // By hash code: names are as long as their senders want, and codes are seeded anew in every process.
    private readonly Dictionary<int, Entry> _users = [];
    private readonly long _origin = time.GetTimestamp();
    private TimeSpan _nextSweep;

    /// <summary>What is remembered. For tests.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _addresses.Count + _users.Count;
        }
    }

    private TimeSpan Now => time.GetElapsedTime(_origin);

    /// <summary>Lets a login wait as long as earlier failures want it to.</summary>
    /// <param name="address">Where it comes from; null where there are no addresses.</param>
    /// <param name="user">The user name, or null.</param>
    /// <param name="limit">Failures a minute that are free.</param>
    /// <returns>False if too many wait already; otherwise true when the wait is over, and at once if there is none.</returns>
    public ValueTask<bool> WaitAsync(IPAddress? address, string? user, int limit)
    {
        if (limit == int.MaxValue) return new(true);
        Entry? waiting = null;
        TimeSpan delay;
        lock (_lock)
        {
            (Entry? ofAddress, Entry? ofUser) = Find(address, user);
            TimeSpan now = Now;
            TimeSpan forAddress = ofAddress?.Delay(now, limit) ?? TimeSpan.Zero;
            TimeSpan forUser = ofUser is null || (address is not null && address.Equals(ofUser.KnownAddress)) ? TimeSpan.Zero : ofUser.Delay(now, limit);
            delay = forAddress > forUser ? forAddress : forUser;
            if (delay == TimeSpan.Zero) return new(true);
            waiting = forAddress > forUser ? ofAddress! : ofUser!;
            if (waiting.Waiting == MostWaiting) return new(false);
            waiting.Waiting++;
        }

        return new(DelayAsync(waiting, delay));
    }

    /// <summary>A login has failed.</summary>
    public void Failed(IPAddress? address, string? user, int limit)
    {
        if (limit == int.MaxValue) return;
        lock (_lock)
        {
            TimeSpan now = Now;
            Sweep(now, limit);
            if (address is not null) Add(_addresses, address.Network())?.Fail(now, limit);
            if (!string.IsNullOrEmpty(user)) Add(_users, user.GetHashCode(StringComparison.Ordinal))?.Fail(now, limit);
        }
    }

    /// <summary>A login has succeeded. It forgives nothing: who guesses may have an account of his own.</summary>
    public void Succeeded(IPAddress? address, string? user)
    {
        if (address is null || string.IsNullOrEmpty(user)) return;
        lock (_lock)
        {
            if (_users.TryGetValue(user.GetHashCode(StringComparison.Ordinal), out Entry? entry)) entry.KnownAddress = address;
        }
    }

    private static Entry? Add<TKey>(Dictionary<TKey, Entry> entries, TKey key)
        where TKey : notnull
    {
        if (entries.TryGetValue(key, out Entry? entry)) return entry;
        if (entries.Count == MostEntries) return null;
        entries.Add(key, entry = new Entry());
        return entry;
    }

    private static void Sweep<TKey>(Dictionary<TKey, Entry> entries, TimeSpan now, int limit)
        where TKey : notnull
    {
        foreach ((TKey key, Entry entry) in entries)
        {
            if (entry.Waiting == 0 && entry.IsForgiven(now, limit)) entries.Remove(key);
        }
    }

    private (Entry? OfAddress, Entry? OfUser) Find(IPAddress? address, string? user) => (
        address is null ? null : _addresses.GetValueOrDefault(address.Network()),
        string.IsNullOrEmpty(user) ? null : _users.GetValueOrDefault(user.GetHashCode(StringComparison.Ordinal)));

    private async Task<bool> DelayAsync(Entry waiting, TimeSpan delay)
    {
        await Task.Delay(delay, time);
        lock (_lock) waiting.Waiting--;
        return true;
    }

    private void Sweep(TimeSpan now, int limit)
    {
        if (now < _nextSweep) return;
        _nextSweep = now + Window;
        Sweep(_addresses, now, limit);
        Sweep(_users, now, limit);
    }

    private sealed class Entry
    {
        private int _failures;
        private TimeSpan _first;
        private TimeSpan _last;

        /// <summary>Logins that wait now.</summary>
        public int Waiting { get; set; }

        /// <summary>Where the user logged in from last.</summary>
        public IPAddress? KnownAddress { get; set; }

        public bool IsForgiven(TimeSpan now, int limit) =>
            _failures < limit ? now - _first >= Window : now - _last >= Window + Penalty(limit);

        public TimeSpan Delay(TimeSpan now, int limit) => _failures < limit || IsForgiven(now, limit) ? TimeSpan.Zero : Penalty(limit);

        public void Fail(TimeSpan now, int limit)
        {
            if (_failures > 0 && IsForgiven(now, limit)) _failures = 0;
            if (_failures == 0) _first = now;
            _failures = Math.Min(_failures + 1, limit + Doublings);
            _last = now;
        }

        private TimeSpan Penalty(int limit)
        {
            TimeSpan penalty = TimeSpan.FromSeconds(1 << Math.Clamp(_failures - limit, 0, Doublings));
            return penalty < LongestDelay ? penalty : LongestDelay;
        }
    }
}
