using System.Diagnostics.Metrics;
using Amqtt.Plugins;
using Amqtt.Runtime.Configuration;
using Microsoft.Extensions.Logging;

namespace Amqtt.Runtime.Plugins;

/// <summary>Runs the plugins of one start of a broker: constructs, starts, stops and disposes them, and says who has which hook.</summary>
/// <remarks>
/// The calls come in this order, from one thread at a time: <see cref="LoadAsync(PluginPlan, PluginHostOptions)"/>, <see cref="StartAsync"/>,
/// <see cref="StartedAsync"/>, <see cref="StoppingAsync"/>, <see cref="StoppedAsync"/>, <see cref="DisposeAsync"/>. After a failed start only
/// the last one is needed. <see cref="Hooks"/> may be used from any thread between the first and the last.
/// </remarks>
internal sealed partial class PluginHost : IAsyncDisposable
{
    private PluginPlan _plan;
    private PluginHostOptions _options;
    private volatile List<HostedPlugin> _plugins = [];
    private Func<HostedPlugin, IBroker>? _brokerOf;
    private readonly Meter _meter = new("Amqtt.Plugins");
    private readonly PluginCounters _counters;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly Authorization _authorization = new();
    private volatile HookTable _hooks;
    private volatile int _generation;
    private ITimer? _watch;
    private CoarseClock? _clock;
    private int _disposed;

    private PluginHost(PluginPlan plan, PluginHostOptions options)
    {
        _plan = plan;
        _options = options;
        _counters = new(_meter);
        _logger = options.LoggerFactory.CreateLogger(options.Category);
        _hooks = Build();
    }

    /// <summary>Who has which hook now. Read it anew for each packet or round: the table changes when a plugin switches hooks.</summary>
    public HookTable Hooks => _hooks;

    /// <summary>How often other plugins have taken the place of some. A plugin that is not of it, yet or any more, listens to nothing.</summary>
    public int Generation => _generation;

    /// <summary>The plugins, in configuration order.</summary>
    public IReadOnlyList<HostedPlugin> Plugins => _plugins;

    /// <summary>Plans and loads in one step.</summary>
    /// <exception cref="PluginException">One thing is wrong with one plugin.</exception>
    /// <exception cref="ConfigurationException">Several things are wrong; all of them are in it.</exception>
    public static async ValueTask<PluginHost> LoadAsync(PluginCollection plugins, PluginHostOptions options)
    {
        var errors = new ConfigErrors();
        var plan = PluginPlan.Make(plugins, options, errors);
        try
        {
            plan.ThrowIfUnusable(errors);
        }
        catch
        {
            plan.Dispose();
            throw;
        }

        var logger = options.LoggerFactory.CreateLogger(options.Category);
        foreach (var warning in errors.Warnings) logger.ConfigurationWarning(warning.ToString());
        return await LoadAsync(plan, options);
    }

    /// <summary>Constructs the plugins of a plan without errors, and takes the plan over. If one cannot be constructed, those already constructed are disposed.</summary>
    /// <exception cref="PluginException">A plugin could not be constructed.</exception>
    public static async ValueTask<PluginHost> LoadAsync(PluginPlan plan, PluginHostOptions options)
    {
        var host = new PluginHost(plan, options);
        try
        {
            host.Construct();
            // From here on a list of plugins does not change, so the timer may walk it.
            host._watch = options.Time.CreateTimer(static watched => ((PluginHost)watched!).Watch(), host, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Gives every plugin the broker it runs in. Before <see cref="StartAsync"/>.</summary>
    /// <param name="brokerOf">Makes the broker as one plugin's own.</param>
    public void Connect(Func<HostedPlugin, IBroker> brokerOf)
    {
        _brokerOf = brokerOf;
        foreach (var plugin in _plugins) plugin.Context.Connected = brokerOf(plugin);
    }

    /// <summary>Runs the pre-start hooks, one after the other. No listener may accept before this has completed.</summary>
    /// <exception cref="PluginInitException">A hook threw or took too long.</exception>
    public async ValueTask StartAsync(CancellationToken cancel = default)
    {
        if (_hooks.Auth.IsEmpty && _hooks.EnhancedAuthentication.IsEmpty) _logger.NobodyMayConnect();
        else if (_hooks.Auth.IsEmpty) _logger.OnlyMethodsMayConnect();
        await RunStartHooksAsync(_plugins, Hook.BrokerPreStart, static (plugin, token) => plugin.OnBrokerPreStartAsync(token), cancel);
    }

    /// <summary>Runs the post-start hooks, one after the other. Call it when all listeners accept.</summary>
    /// <exception cref="PluginInitException">A hook threw or took too long.</exception>
    public ValueTask StartedAsync(CancellationToken cancel = default)
        => RunStartHooksAsync(_plugins, Hook.BrokerPostStart, static (plugin, token) => plugin.OnBrokerPostStartAsync(token), cancel);

    /// <summary>Runs the pre-shutdown hooks in reverse order. Call it before anything is closed. Faults are logged.</summary>
    public ValueTask StoppingAsync()
        => RunStopHooksAsync(Hook.BrokerPreShutdown, static (plugin, token) => plugin.OnBrokerPreShutdownAsync(token));

    /// <summary>Delivers the events that still wait, then runs the post-shutdown hooks in reverse order. Call it when everything is closed. Faults are logged.</summary>
    public async ValueTask StoppedAsync()
    {
        await CompleteLanesAsync();
        await RunStopHooksAsync(Hook.BrokerPostShutdown, static (plugin, token) => plugin.OnBrokerPostShutdownAsync(token));
    }

    /// <summary>Asks the plugins of a client about an attempt to connect, one after the other.</summary>
    /// <exception cref="PluginFaultException">A hook threw or took too long; the attempt must not be made.</exception>
    public async ValueTask ConnectingAsync(ConnectingContext context, CancellationToken cancel)
    {
        foreach (var plugin in _plugins)
        {
            if (!plugin.Has(Hook.ClientConnecting) || plugin.Instance is not ClientPlugin instance) continue;
            try
            {
                if (await LifecycleCall.RunAsync(token => instance.OnConnectingAsync(context, token), plugin.Timeouts.Authenticate, _options.Time, cancel)) continue;
            }
            catch (Exception exception) when (!cancel.IsCancellationRequested)
            {
                plugin.Faults.Threw(Hook.ClientConnecting, exception);
                throw new PluginFaultException(plugin.Identity.Path, $"OnConnectingAsync failed: {exception.Message}", exception);
            }

            cancel.ThrowIfCancellationRequested();
            plugin.Faults.TimedOut(Hook.ClientConnecting, plugin.Timeouts.Authenticate);
            throw new PluginFaultException(plugin.Identity.Path, $"OnConnectingAsync took longer than {plugin.Timeouts.Authenticate.TotalSeconds:0.###} s");
        }
    }

    /// <summary>What was decided about topics counts no more.</summary>
    public void InvalidateVerdicts() => _authorization.Invalidate();

    /// <summary>A session has permissions of its own: from now on every use of a topic is looked at.</summary>
    public void GrantPermissions()
    {
        lock (_gate)
        {
            if (_authorization.GrantsPermissions) return;
            _authorization.GrantsPermissions = true;
            _hooks = Build();
        }
    }

    /// <summary>Tells plugins that log levels may have changed.</summary>
    public void NotifyLogLevelsChanged()
    {
        foreach (var plugin in _plugins) plugin.Context.NotifyLogLevelsChanged();
    }

    /// <summary>Disposes every plugin exactly once, in reverse order.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        if (_watch is not null) await _watch.DisposeAsync();
        await CompleteLanesAsync();
        for (var i = _plugins.Count - 1; i >= 0; i--) await EndAsync(_plugins[i]);
        _clock?.Dispose();
        _meter.Dispose();
        _plan.Dispose();
    }

    private void Construct()
    {
        var activator = new PluginActivator(_options, _counters, scopesInUse: 0, generation: 0);
        // Listed before they are constructed: a constructor that fails half-way has services to be disposed.
        var plugins = new List<HostedPlugin>();
        _plugins = plugins;
        foreach (var planned in _plan.Plugins) Construct(planned, activator, plugins);
        _counters.Observe(() => _plugins);
        Rebuild();
    }

    private void Construct(PlannedPlugin planned, PluginActivator activator, List<HostedPlugin> plugins)
    {
        var plugin = activator.Prepare(planned);
        plugins.Add(plugin);
        plugin.Context.Switched = (hooks, on) => Switch(plugin, hooks, on);
        plugin.Context.Connected = _brokerOf?.Invoke(plugin);
        try
        {
            activator.Construct(plugin, planned);
        }
        catch (PluginException exception) when (!plugin.IsRequired)
        {
            plugin.Fail();
            plugin.Faults.GoesOnWithout(exception);
        }
    }

    private async ValueTask RunStartHooksAsync(IReadOnlyList<HostedPlugin> plugins, Hook hook, Func<BrokerPlugin, CancellationToken, ValueTask> invoke, CancellationToken cancel)
    {
        foreach (var plugin in plugins)
        {
            if (!plugin.Has(hook) || plugin.Instance is not BrokerPlugin instance) continue;
            try
            {
                if (!await LifecycleCall.RunAsync(token => invoke(instance, token), plugin.Timeouts.Start, _options.Time, cancel))
                {
                    cancel.ThrowIfCancellationRequested();
                    throw new PluginInitException(plugin.Identity.Path, $"On{hook}Async took longer than {plugin.Timeouts.Start.TotalSeconds:0.###} s");
                }
            }
            catch (Exception exception) when (!cancel.IsCancellationRequested)
            {
                var fault = exception as PluginException ?? new PluginInitException(plugin.Identity.Path, $"On{hook}Async failed: {exception.Message}", exception);
                if (plugin.IsRequired) throw fault;
                plugin.Fail();
                plugin.Faults.GoesOnWithout(fault);
                Rebuild();
            }
        }
    }

    private async ValueTask RunStopHooksAsync(Hook hook, Func<BrokerPlugin, CancellationToken, ValueTask> invoke)
    {
        for (var i = _plugins.Count - 1; i >= 0; i--)
        {
            var plugin = _plugins[i];
            if (!plugin.Has(hook) || plugin.Instance is not BrokerPlugin instance) continue;
            await StopAsync(plugin, $"On{hook}Async", token => invoke(instance, token));
        }
    }

    private async ValueTask CompleteLanesAsync()
    {
        var lanes = _plugins.Where(plugin => plugin.Lane is not null).Select(CompleteLaneAsync).ToArray();
        await Task.WhenAll(lanes);
    }

    private async Task CompleteLaneAsync(HostedPlugin plugin)
    {
        if (!await plugin.Lane!.CompleteAsync(plugin.Timeouts.Stop)) plugin.Faults.StopFailed($"delivering its last events (left: {plugin.Lane!.Depth})", null);
        if (!await plugin.Heard.WhenNoneAsync(plugin.Timeouts.Stop, _options.Time)) plugin.Faults.StopFailed("handling the last messages that it heard", null);
    }

    private async ValueTask EndAsync(HostedPlugin plugin)
    {
        if (!await plugin.Context.StopAsync(plugin.Timeouts.Stop)) plugin.Faults.StopFailed("ending its background work", null);
        if (plugin.Instance is { } instance) await StopAsync(plugin, "DisposeAsync", _ => instance.DisposeAsync());
        if (plugin.Services is { } services) await StopAsync(plugin, "disposing its services", _ => services.DisposeAsync());
    }

    private async ValueTask StopAsync(HostedPlugin plugin, string what, Func<CancellationToken, ValueTask> call)
    {
        try
        {
            if (!await LifecycleCall.RunAsync(call, plugin.Timeouts.Stop, _options.Time, CancellationToken.None)) plugin.Faults.StopFailed(what, null);
        }
        catch (Exception exception)
        {
            plugin.Faults.StopFailed(what, exception);
        }
    }

    private void Switch(HostedPlugin plugin, Hook[] hooks, bool on)
    {
        plugin.Switch(hooks, on);
        Rebuild();
    }

    private void Rebuild()
    {
        lock (_gate) _hooks = Build();
    }

    private HookTable Build()
    {
        // A plugin that failed stays in the chains of its roles, where it refuses: what it would have denied must not become allowed.
        HostedPlugin[] With(Hook hook) => [.. _plugins.Where(plugin => plugin.Hooks.Contains(hook))];
        TopicLink[] filters = Array.ConvertAll(With(Hook.FilterTopic), static plugin => new TopicLink(plugin));
        if (_plugins.Any(static plugin => plugin.Hooks.HasAnswers)) _clock ??= new(_options.Time);
        return new(
            [.. _plugins.Where(plugin => plugin.Lane is not null)],
            new AuthChain(With(Hook.Authenticate)),
            new TopicChain(filters, _options.StrictTopicPlugins, _clock, _authorization),
            new ConnectionFilters(With(Hook.FilterConnection)),
            new EnhancedAuthentication(With(Hook.EnhancedAuthenticate)),
            _clock);
    }

    private void Watch()
    {
        foreach (var plugin in _plugins)
        {
            plugin.Lane?.Watch();
            foreach (var gate in plugin.Gates) gate.Tick();
        }
    }
}
