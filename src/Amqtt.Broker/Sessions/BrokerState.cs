using System.Collections.Concurrent;
using Amqtt.Broker.Configuration;
using Amqtt.Broker.Connections;
using Amqtt.Broker.Diagnostics;
using Amqtt.Broker.Hooks;
using Amqtt.Broker.Routing;
using Amqtt.Broker.Transport;
using Amqtt.Runtime.Plugins;
using Microsoft.Extensions.Logging;

namespace Amqtt.Broker.Sessions;

/// <summary>What all loops of a broker share: immutable, or safe to use from any of them.</summary>
internal sealed class BrokerState
{
    private const int MostUnserved = 1000;

    private readonly PluginHost _plugins;
    private readonly ConcurrentDictionary<string, Refusals> _refusals = new(StringComparer.Ordinal);
    private TokenBucket? _connectRate;
    private int _connections;
    private int _unserved;
    private int _clients;
    private int _clientsMaximum;
    private int _listeners;

    public BrokerState(BrokerOptions options, PluginHost plugins, LoopClock clock, ILogger log, SecurityLog security, MemoryGuard memory, int loops)
    {
        LimitOptions limits = options.Limits;
        Security = security;
        Memory = memory;
        SessionQuota = new SessionQuota(limits);
        _connectRate = RateOf(limits);
        Options = options;
        Clock = clock;
        StartedAt = clock.Time.GetUtcNow();
        Log = log;
        _plugins = plugins;
        Subscriptions = new SubscriptionTree(loops, limits.MaxSharedGroupMembers);
        Retained = new RetainedStore(limits.MaxRetainedMessages, limits.MaxRetainedBytes);
        Events = new BrokerEvents(plugins, clock);
        FailedLogins = new FailedLogins(clock.Time);
    }

    /// <summary>When it was started.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>Clients connected now.</summary>
    public int ClientsConnected => Volatile.Read(ref _clients);

    /// <summary>The highest number of clients connected at once.</summary>
    public int ClientsMaximum => Volatile.Read(ref _clientsMaximum);

    /// <summary>The broker's configuration; nobody writes to it any more, but a reload sets another.</summary>
    public BrokerOptions Options { get; private set; }

    /// <summary>The broker's clock.</summary>
    public LoopClock Clock { get; }

    /// <summary>The broker's log.</summary>
    public ILogger Log { get; }

    /// <summary>Where security events are logged.</summary>
    public SecurityLog Security { get; }

    /// <summary>Watches <c>limits.max_memory</c>.</summary>
    public MemoryGuard Memory { get; }

    /// <summary>The places for sessions that outlive their connections.</summary>
    public SessionQuota SessionQuota { get; }

    /// <summary>How fast connections may come; null = as fast as they can.</summary>
    public TokenBucket? ConnectRate => Volatile.Read(ref _connectRate);

    /// <summary>Who wants what.</summary>
    public SubscriptionTree Subscriptions { get; }

    /// <summary>The retained messages.</summary>
    public RetainedStore Retained { get; }

    /// <summary>Tells plugins what happened.</summary>
    public BrokerEvents Events { get; }

    /// <summary>Who has failed to log in lately, and how long that makes the next one wait.</summary>
    public FailedLogins FailedLogins { get; }

    /// <summary>Which plugins have which hook now. Read once for each packet.</summary>
    public HookTable Hooks => _plugins.Hooks;

    /// <summary>Asks plugins who may connect.</summary>
    public AuthChain Authentication => _plugins.Hooks.Auth;

    /// <summary>Asks plugins who may use which topic.</summary>
    public TopicChain Topics => _plugins.Hooks.Topics;

    /// <summary>What was decided about topics counts no more.</summary>
    public void InvalidateVerdicts() => _plugins.InvalidateVerdicts();

    /// <summary>A session has permissions of its own.</summary>
    public void GrantPermissions() => _plugins.GrantPermissions();

    /// <summary>Whether the broker is going down: what is dropped now is nobody's doing and fires no events (P-A16).</summary>
    public bool IsShuttingDown { get; set; }

    /// <summary>The loops, by number.</summary>
    public Shard[] Shards { get; private set; } = [];

    /// <summary>The loop that owns a client id: a takeover is always local to one.</summary>
    public Shard ShardOf(string clientId) => Shards.Length == 1 ? Shards[0] : Shards[(int)((uint)string.GetHashCode(clientId, StringComparison.Ordinal) % (uint)Shards.Length)];

    /// <summary>Sets the loops. Before they start.</summary>
    public void Connect(Shard[] shards)
    {
        Shards = shards;
        Router[] routers = Array.ConvertAll(shards, static shard => shard.Router);
        foreach (Shard shard in shards) shard.Router.Connect(routers);
    }

    /// <summary>What has been refused on a listener.</summary>
    public Refusals RefusalsOf(string listener) => _refusals.GetOrAdd(listener, static name => new Refusals(name));

    /// <summary>What has been refused, by listener.</summary>
    public ICollection<Refusals> AllRefusals => _refusals.Values;

    /// <summary>Open connections that have a place.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Another configuration: what has been taken of its limits stays taken.</summary>
    public void Reload(BrokerOptions options)
    {
        LimitOptions before = Options.Limits, limits = options.Limits;
        Options = options;
        SessionQuota.SetLimits(limits);
        Subscriptions.MaxGroupMembers = limits.MaxSharedGroupMembers;
        Retained.SetLimits(limits.MaxRetainedMessages, limits.MaxRetainedBytes);
        Memory.Maximum = limits.MaxMemory;
        if (before.ConnectRate != limits.ConnectRate || before.ConnectBurst != limits.ConnectBurst) Volatile.Write(ref _connectRate, RateOf(limits));
    }

    /// <summary>Takes one of the places for connections (<c>limits.max_connections</c>); false if there is none left.</summary>
    public bool TryAddConnection()
    {
        if (Interlocked.Increment(ref _connections) <= Options.Limits.MaxConnections) return true;
        Interlocked.Decrement(ref _connections);
        return false;
    }

    /// <summary>Gives the place back.</summary>
    public void RemoveConnection() => Interlocked.Decrement(ref _connections);

    /// <summary>Subscriptions of clients: all but plugins' own, which belong to no session.</summary>
    public int ClientSubscriptions => Subscriptions.Count - Volatile.Read(ref _listeners);

    /// <summary>Counts one more subscription of a plugin.</summary>
    public void AddListener() => Interlocked.Increment(ref _listeners);

    /// <summary>Counts it no longer.</summary>
    public void RemoveListener() => Interlocked.Decrement(ref _listeners);

    /// <summary>Counts a client that has been accepted.</summary>
    public void ClientConnected()
    {
        int now = Interlocked.Increment(ref _clients);
        for (int known = Volatile.Read(ref _clientsMaximum); now > known; known = Volatile.Read(ref _clientsMaximum))
            Interlocked.CompareExchange(ref _clientsMaximum, now, known);
    }

    /// <summary>Counts it no longer.</summary>
    public void ClientDisconnected() => Interlocked.Decrement(ref _clients);

    /// <summary>
    /// Takes one of the places for connections that wait for a slot of their listener or are only told why they are not served. Few enough that a flood of them
    /// cannot use up the descriptors that <c>max_connections</c> leaves; false if there is none left.
    /// </summary>
    public bool TryAddUnserved()
    {
        if (Interlocked.Increment(ref _unserved) <= Math.Min(MostUnserved, Math.Max(1, Options.Limits.MaxConnections / 8))) return true;
        Interlocked.Decrement(ref _unserved);
        return false;
    }

    /// <summary>Gives the place back.</summary>
    public void RemoveUnserved() => Interlocked.Decrement(ref _unserved);

    private static TokenBucket? RateOf(LimitOptions limits) => limits.ConnectRate == int.MaxValue ? null : new TokenBucket(limits.ConnectRate, limits.ConnectBurst);
}
