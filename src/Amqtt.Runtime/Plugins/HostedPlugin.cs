using Amqtt.Plugins;
using Microsoft.Extensions.DependencyInjection;

namespace Amqtt.Runtime.Plugins;

/// <summary>A plugin instance and everything the host keeps about it.</summary>
internal sealed class HostedPlugin
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Hook, HookGate> _gates = [];
    private readonly Bulkhead? _bulkhead;
    private HookSet _switchedOff;
    private volatile int _replacedIn = int.MaxValue;

    public HostedPlugin(PluginIdentity identity, HostedContext context, PluginFaults faults, PluginTimeouts timeouts, PluginSettings settings)
    {
        Identity = identity;
        Context = context;
        Faults = faults;
        Timeouts = timeouts;
        Settings = settings;
        if (settings.MaxConcurrency is { } places) _bulkhead = new(places);
    }

    public PluginIdentity Identity { get; }

    public HostedContext Context { get; }

    /// <summary>What a client's plugin sees instead of <see cref="Context"/>; null in a broker.</summary>
    public HostedClientContext? OfClient { get; init; }

    /// <summary>What it was made from.</summary>
    public PlannedPlugin? Planned { get; init; }

    /// <summary>Its calls that somebody waits for.</summary>
    public CallsUnderWay Calls { get; } = new();

    /// <summary>Messages that wait for a handler with which it listens.</summary>
    public CallsUnderWay Heard { get; } = new();

    /// <summary>The first generation that it belongs to; see <see cref="PluginHost.Generation"/>.</summary>
    public int Since { get; init; }

    /// <summary>Whether others are in its place.</summary>
    public bool IsReplaced => _replacedIn != int.MaxValue;

    public PluginFaults Faults { get; }

    public PluginTimeouts Timeouts { get; }

    /// <summary>What the configuration says about it.</summary>
    public PluginSettings Settings { get; }

    /// <summary>Whether the broker refuses to start without it (<c>$required</c>).</summary>
    public bool IsRequired => Settings.IsRequired;

    /// <summary>What it stands for in a scope; see <see cref="PluginScopes"/>.</summary>
    public ulong ScopeBit { get; init; } = PluginScopes.Unscoped;

    /// <summary>The hooks the class has, switched off or not.</summary>
    public HookSet Hooks { get; init; }

    /// <summary>The instance; null if an optional plugin could not be constructed.</summary>
    public BasePlugin? Instance { get; private set; }

    /// <summary>The plugin's own services, disposed after it.</summary>
    public ServiceProvider? Services { get; set; }

    /// <summary>Where its events wait; null without an instance.</summary>
    public Lane? Lane { get; private set; }

    /// <summary>An optional plugin that could not be constructed or started: it observes nothing, and what it would decide is a fault.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>The gates of the hooks that it was asked to answer so far.</summary>
    public IReadOnlyList<HookGate> Gates
    {
        get
        {
            lock (_gate) return [.. _gates.Values];
        }
    }

    /// <summary>Whether it is another copy of the same, maybe of another version.</summary>
    public bool IsNamedLike(HostedPlugin other) => (Identity.Id, Identity.Path) == (other.Identity.Id, other.Identity.Path);

    /// <summary>Whether it belongs to the plugins of a generation.</summary>
    public bool IsOf(int generation) => Since <= generation && generation < _replacedIn;

    /// <summary>Others take its place from <paramref name="generation"/> on.</summary>
    public void Replace(int generation) => _replacedIn = generation;

    /// <summary>What stands between the broker and one of its hooks.</summary>
    public HookGate GateOf(Hook hook)
    {
        lock (_gate)
        {
            if (!_gates.TryGetValue(hook, out var gate)) _gates.Add(hook, gate = new(hook, Faults, Context.Time, _bulkhead, MayBePromoted(hook)) { UnderWay = Calls });
            return gate;
        }
    }

    /// <summary>Those that are asked for every packet may earn the loop; who may connect is always found out on the thread pool, because hashing a password takes its time.</summary>
    private bool MayBePromoted(Hook hook) => !Settings.Offload && (hook is Hook.FilterTopic || hook is >= Hook.Connect and <= Hook.Disconnect);

    /// <summary>Whether the hook is to be called.</summary>
    public bool Has(Hook hook)
    {
        lock (_gate) return Hooks.Contains(hook) && !_switchedOff.Contains(hook) && !HasFailed;
    }

    public void Switch(ReadOnlySpan<Hook> hooks, bool on)
    {
        lock (_gate)
        {
            foreach (var hook in hooks) _switchedOff = on ? _switchedOff.Without(hook) : _switchedOff.With(hook);
        }
    }

    public void Attach(BasePlugin instance, Lane lane)
    {
        Instance = instance;
        Lane = lane;
    }

    public void Fail()
    {
        lock (_gate) HasFailed = true;
    }
}

/// <summary>What a plugin is called.</summary>
/// <param name="Id">In logs and counters: <c>$id</c>, or else the class name.</param>
/// <param name="Path">As the configuration names it.</param>
/// <param name="Type">The class.</param>
internal sealed record PluginIdentity(string Id, string Path, Type Type);
