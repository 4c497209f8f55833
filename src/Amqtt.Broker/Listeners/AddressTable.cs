using System.Net;
using System.Net.Sockets;
using Amqtt.Broker.Connections;
using Amqtt.Broker.Diagnostics;

namespace Amqtt.Broker.Listeners;

/// <summary>
/// What each remote address has: open connections, and its rate of new ones. An IPv6 address counts by its /64, which is the least that anybody is given.
/// Only for a listener that bounds one of both. Any thread.
/// </summary>
internal sealed class AddressTable(int maxConnections, int rate)
{
    private const long SweepPeriod = 1000;

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, Entry> _entries = [];
    private long _nextSweep;

    /// <summary>Addresses that are remembered. For tests.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _entries.Count;
        }
    }

    /// <summary>Counts a connection of <paramref name="address"/>. Null if it may be; otherwise it does not count and the limit is returned.</summary>
    public Refusal? TryEnter(IPAddress address, long now)
    {
        bool limitsRate = rate != int.MaxValue && !IPAddress.IsLoopback(address);
        lock (_lock)
        {
            Sweep(now);
            IPAddress key = KeyOf(address);
            if (!_entries.TryGetValue(key, out Entry? entry)) _entries.Add(key, entry = new Entry { Rate = limitsRate ? new TokenBucket(rate, rate) : null });
            if (entry.Connections >= maxConnections) return Refusal.MaxConnectionsPerAddress;
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
            IPAddress key = KeyOf(address);
            if (_entries.TryGetValue(key, out Entry? entry) && --entry.Connections == 0 && entry.Rate is null) _entries.Remove(key);
        }
    }

    private static IPAddress KeyOf(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || IPAddress.IsLoopback(address)) return address;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
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

        public TokenBucket? Rate { get; init; }
    }
}
