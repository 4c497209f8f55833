using Amqtt.Broker.Configuration;
using Amqtt.Broker.Diagnostics;
using Amqtt.Broker.Listeners;
using Amqtt.Broker.Operations;
using Amqtt.Broker.Sessions;
using Amqtt.Broker.Transport;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Runtime.Plugins;
using Microsoft.Extensions.Logging;

namespace Amqtt.Broker;

/// <summary>Everything that exists between a start and the shutdown that follows it, and the order of both (P-A15, P-A16). Made anew by every start.</summary>
internal sealed class RunningBroker : IAsyncDisposable
{
    private static readonly TimeSpan LastOutput = TimeSpan.FromSeconds(3);

    private readonly BrokerOptions _atStart;
    private readonly PluginHost _plugins;
    private readonly BrokerState _state;
    private readonly OpenChannels _channels = new();
    private readonly BrokerMetrics _metrics;
    private readonly IDisposable _clockTick;
    private readonly CancellationTokenSource _failed = new();
    private bool _disposed;

    public RunningBroker(BrokerOptions options, BrokerServices services, PluginHost plugins)
    {
        _atStart = options;
        _plugins = plugins;
        ILogger log = services.LoggerFactory.CreateLogger("amqtt.broker");
        var clock = new LoopClock(services.Time);
        int loops = options.EventLoops ?? Environment.ProcessorCount;
        var security = new SecurityLog(services.LoggerFactory.CreateLogger("amqtt.broker.security"), clock);
        var memory = new MemoryGuard(options.Limits.MaxMemory, services.MemoryInUse, static () => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true));
        _state = new BrokerState(options, plugins, clock, log, security, memory, loops);
        IReadOnlyList<ListenerOptions> listeners = options.EffectiveListeners();
        int readSize = listeners.Max(static listener => listener.Limits.MaxRoundBytes);
        var shards = new Shard[loops];
        for (int i = 0; i < loops; i++) shards[i] = new Shard(_state, new EventLoop(i, clock, log, readSize), loops);
        _state.Connect(shards);
        _metrics = new BrokerMetrics(_state);
        foreach (Shard shard in shards)
        {
            shard.Loop.Post(_ => new Housekeeping(shard).Start());
            shard.Loop.Start();
            _ = shard.Loop.Stopped.ContinueWith(_ => _failed.Cancel(), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }

        Operations = new BrokerOperations(_state, new Caller(plugin: null, log));
        plugins.Connect(plugin => new BrokerOperations(_state, new Caller(plugin, log)));
        _clockTick = clock.TickEvery(Array.ConvertAll(shards, static shard => shard.Loop));
        Listeners = [.. listeners.Select(listener => new Listener(_state, listener, _channels, services.LoggerFactory))];
    }

    /// <summary>What the embedding program can do with it.</summary>
    public IBroker Operations { get; }

    /// <summary>The listeners, in configuration order.</summary>
    public IReadOnlyList<Listener> Listeners { get; }

    /// <summary>Cancelled when an event loop has ended that was not told to.</summary>
    public CancellationToken Failed => _failed.Token;

    /// <summary>What its loops share.</summary>
    internal BrokerState State => _state;

    /// <summary>The transports that have not been given back.</summary>
    internal OpenChannels Channels => _channels;

    /// <summary>Pre-start hooks, then the listeners: no connection is accepted before every hook has completed.</summary>
    public async Task OpenAsync(CancellationToken cancel)
    {
        await _plugins.StartAsync(cancel);
        foreach (Listener listener in Listeners) await listener.OpenAsync(cancel);
        foreach (Listener listener in Listeners) await listener.AcceptAsync();
    }

    /// <summary>All listeners accept.</summary>
    public ValueTask StartedAsync(CancellationToken cancel) => _plugins.StartedAsync(cancel);

    /// <summary>The listener of that name.</summary>
    public Listener Find(string name)
    {
        foreach (Listener listener in Listeners)
        {
            if (string.Equals(listener.Name, name, StringComparison.Ordinal)) return listener;
        }

        throw new BrokerException($"there is no listener '{name}'; there are: {string.Join(", ", Listeners.Select(static listener => listener.Name))}");
    }

    /// <summary>Another configuration: plugins first, since only they can still refuse.</summary>
    public async Task<ReloadResult> ReloadAsync(BrokerOptions options, PluginPlan plan, PluginHostOptions host, CancellationToken cancel)
    {
        IReadOnlyList<string> needRestart = RestartRules.Differing(_atStart, options);
        PluginChanges changes = await _plugins.ReloadAsync(plan, host, Connected, ChangeOverAsync, cancel);
        Dictionary<string, ListenerOptions> listeners = options.EffectiveListeners().ToDictionary(static listener => listener.Name, StringComparer.Ordinal);
        foreach (Listener listener in Listeners)
        {
            if (listeners.TryGetValue(listener.Name, out ListenerOptions? next)) listener.SetLimits(next.Limits);
        }

        _state.Reload(options);
        if (changes.ChangesTopics) await new AuthorizationReview(_state).AllAsync();
        return new ReloadResult { StartedPlugins = changes.Started, StoppedPlugins = changes.Stopped, KeptPlugins = changes.Kept, NeedRestart = needRestart };
    }

    /// <summary>The whole shutdown, in its order. What one part of it throws keeps no other from its end.</summary>
    public async Task ShutdownAsync()
    {
        await _plugins.StoppingAsync();
        try
        {
            await CloseAsync();
        }
        finally
        {
            await _plugins.StoppedAsync();
            await DisposeAsync();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        _metrics.Dispose();
        try
        {
            await CloseAsync();
        }
        finally
        {
            await _plugins.DisposeAsync();
        }
    }

    private IReadOnlyList<ISession> Connected() =>
        [.. _state.Shards.SelectMany(static shard => shard.Sessions.All).Where(static session => session.State == SessionState.Connected)];

    /// <summary>
    /// Every loop has come by: what it began with an old hook table is done, or waits for a plugin. Then messages go to the plugins that listen now. What was routed before those listened
    /// must have reached the loops of those that did: it crosses at the end of the round in which a loop has come by.
    /// </summary>
    private async Task ChangeOverAsync()
    {
        await OnEveryLoopAsync(static _ => { });
        await OnEveryLoopAsync(static _ => { });
        int generation = _plugins.Generation;
        await OnEveryLoopAsync(shard => shard.PluginGeneration = generation);
    }

    private async Task CloseAsync()
    {
        if (_state.IsShuttingDown) return;
        foreach (Listener listener in Listeners) await listener.StopAcceptingAsync();
        _state.IsShuttingDown = true;
        await FinishRoutingAsync();
        // Two passes: what one loop routes in the first reaches the others before they drop their sessions.
        await OnEveryLoopAsync(static shard =>
        {
            foreach (IClientLink link in shard.Links.ToArray()) link.Disconnect(ReasonCode.ServerShuttingDown);
        });
        await OnEveryLoopAsync(static shard =>
        {
            foreach (Session session in shard.Sessions.All.ToArray()) session.Abandon();
        });
        await CloseChannelsAsync();
        _clockTick.Dispose();
        foreach (Shard shard in _state.Shards) shard.Loop.Stop();
        foreach (Shard shard in _state.Shards) await shard.Loop.Stopped.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // one that failed has said so
        _channels.CloseStranded();
        foreach (Shard shard in _state.Shards) shard.Loop.Dispose();
        await Task.WhenAll(Listeners.Select(static async listener => await listener.DisposeAsync()));
    }

    /// <summary>
    /// Nothing more is read, and what has been goes to the clients of all loops while they are still there (P-A16): it crosses at the end of the round in which a loop
    /// has come by, and thus before the loop comes by again.
    /// </summary>
    private async Task FinishRoutingAsync()
    {
        await OnEveryLoopAsync(static shard =>
        {
            foreach (IClientLink link in shard.Links) link.Channel.Pause();
        });
        await OnEveryLoopAsync(static _ => { });
    }

    /// <summary>Gives every client its last packet, and a peer that does not take it a few seconds.</summary>
    private async Task CloseChannelsAsync()
    {
        Task none = _channels.WhenNoneAsync();
        if (await Task.WhenAny(none, Task.Delay(LastOutput)) == none) return;
        _channels.CloseAll();
        await Task.WhenAny(none, Task.Delay(Timeout.Infinite, Failed)); // a loop that has failed closes nothing any more
    }

    private Task OnEveryLoopAsync(Action<Shard> work) =>
        Task.WhenAll(Array.ConvertAll(_state.Shards, shard => shard.Loop.RunAsync(() => work(shard))));
}
