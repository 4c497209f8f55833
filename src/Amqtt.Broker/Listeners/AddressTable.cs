using System.Net;
using Amqtt.Broker.Configuration;
using Amqtt.Broker.Connections;
using Amqtt.Broker.Diagnostics;
using Amqtt.Broker.Transport;

namespace Amqtt.Broker.Listeners;

/// <summary>
/// What each remote address has: open connections, and its rate of new ones. An IPv6 address counts by its network.
/// All are counted, bounded or not: a reload may bound them. Any thread.
/// </summary>
internal sealed class AddressTable
{
    private const long SweepPeriod = 1000;

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, Entry> _entries = [];
    private int _maxConnections;
    private int _rate;
    private long _nextSweep;

    public AddressTable(LimitOptions limits) => SetLimits(limits);

    /// <summary>Addresses that are remembered. For tests.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _entries.Count;
        }
    }

    /// <summary>Other bounds from now on. Addresses that have been fast begin anew if it is the rate that is another.</summary>
    public void SetLimits(LimitOptions limits)
    {
        lock (_lock)
        {
            _maxConnections = limits.MaxConnectionsPerAddress;
            if (_rate == limits.ConnectRatePerAddress) return;
            _rate = limits.ConnectRatePerAddress;
            foreach (Entry entry in _entries.Values) entry.Rate = null;
        }
    }

    /// <summary>Counts a connection of <paramref name="address"/>. Null if it may be; otherwise it does not count and the limit is returned.</summary>
    public Refusal? TryEnter(IPAddress address, long now)
    {
        lock (_lock)
        {
            bool limitsRate = _rate != int.MaxValue && !IPAddress.IsLoopback(address);
            Sweep(now);
            IPAddress key = address.Network();
            if (!_entries.TryGetValue(key, out Entry? entry)) _entries.Add(key, entry = new Entry());
            if (limitsRate) entry.Rate ??= new TokenBucket(_rate, _rate);
            if (entry.Connections >= _maxConnections) return Refusal.MaxConnectionsPerAddress;
            if (entry.Rate is { } bucket && !bucket.TryTake(now)) return Refusal.ConnectRatePerAddress;
            entry.Connections++;
            return null;
        }
    }

    /// <summary>A connection that counted has ended.</summary>
    public void Leave(IPAddress address)
    {
        lock (_lock)
        {
            IPAddress key = address.Network();
            if (_entries.TryGetValue(key, out Entry? entry) && --entry.Connections == 0 && entry.Rate is null) _entries.Remove(key);
        }
    }

    /// <summary>Forgets addresses that have nothing and whose rate has recovered, so that the table is as large as a second's visitors.</summary>
    private void Sweep(long now)
    {
        if (now < _nextSweep) return;
        _nextSweep = now + SweepPeriod;
        foreach ((IPAddress address, Entry entry) in _entries)
        {
            if (entry.Connections == 0 && entry.Rate?.IsFull(now) != false) _entries.Remove(address);
        }
    }

    private sealed class Entry
    {
        public int Connections;

        public TokenBucket? Rate { get; set; }
    }
}
