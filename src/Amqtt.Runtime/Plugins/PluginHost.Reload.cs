using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <content>Other plugins in the place of those that run, without anybody noticing but by what they do.</content>
internal sealed partial class PluginHost
{
    /// <summary>
    /// Makes the plugins of <paramref name="plan"/> those that run. A plugin whose class and options are the same stays as it is. The others are constructed and started while the old ones
    /// still serve; then all hooks change over at once, the new ones are told who is connected, and the old ones are stopped when their last call and event are done.
    /// </summary>
    /// <param name="plan">A plan without errors; the host takes it over.</param>
    /// <param name="options">The host's options from now on.</param>
    /// <param name="connected">The sessions that are connected.</param>
    /// <param name="passed">Completes when nobody works with a hook table any more that it had read before, and messages go to those who listen in this <see cref="Generation"/>.</param>
    /// <param name="cancel">Gives up, but not once the hooks have changed over.</param>
    /// <exception cref="PluginException">A new plugin could not be constructed or started. Everything is as it was.</exception>
    public async ValueTask<PluginChanges> ReloadAsync(
        PluginPlan plan, PluginHostOptions options, Func<IReadOnlyList<ISession>> connected, Func<Task> passed, CancellationToken cancel)
    {
        var old = _plugins;
        var next = new List<HostedPlugin>();
        var fresh = new List<HostedPlugin>();
        try
        {
            var activator = new PluginActivator(options, _counters, old.Aggregate(0UL, static (bits, plugin) => bits | plugin.ScopeBit), _generation + 1);
            foreach (var planned in plan.Plugins)
            {
                if (old.FirstOrDefault(plugin => !next.Contains(plugin) && !plugin.HasFailed && plugin.Planned?.IsSameAs(planned) is true) is { } stays)
                {
                    next.Add(stays);
                    continue;
                }

                Construct(planned, activator, fresh);
                next.Add(fresh[^1]);
            }

            await RunStartHooksAsync(fresh, Hook.BrokerPreStart, static (plugin, token) => plugin.OnBrokerPreStartAsync(token), cancel);
            await RunStartHooksAsync(fresh, Hook.BrokerPostStart, static (plugin, token) => plugin.OnBrokerPostStartAsync(token), cancel);
            cancel.ThrowIfCancellationRequested();
        }
        catch
        {
            for (var i = fresh.Count - 1; i >= 0; i--) await StopAsync(fresh[i]);
            plan.Dispose();
            throw;
        }

        // From here on nothing can fail.
        HostedPlugin[] gone = [.. old.Except(next)];
        foreach (var plugin in gone) plugin.Replace(_generation + 1);
        var (oldPlan, oldOptions) = (_plan, _options);
        lock (_gate)
        {
            _plan = plan;
            _options = options;
            _plugins = next;
            _hooks = Build();
            _generation++;
        }

        InvalidateVerdicts();
        if (fresh.Exists(static plugin => plugin.Has(Hook.Attached))) TellAttached(fresh, connected());
        await passed();
        for (var i = gone.Length - 1; i >= 0; i--)
        {
            if (!await gone[i].Calls.WhenNoneAsync(gone[i].Timeouts.Stop, _options.Time)) gone[i].Faults.StopFailed("finishing its last calls", exception: null);
            await StopAsync(gone[i]);
        }

        // Classes that stay come from the program's own assemblies: nobody needs the old copies of plugin folders any more.
        oldPlan.Dispose();
        var decides = fresh.Concat(gone).Any(static plugin => plugin.Hooks.Contains(Hook.FilterTopic)) || options.StrictTopicPlugins != oldOptions.StrictTopicPlugins;
        return new([.. fresh.Select(Name)], [.. gone.Select(Name)], [.. next.Except(fresh).Select(Name)], decides);
    }

    private static string Name(HostedPlugin plugin) => plugin.Identity.Id;

    private static void TellAttached(List<HostedPlugin> fresh, IReadOnlyList<ISession> connected)
    {
        var attached = new AttachedEvent { Sessions = connected };
        foreach (var plugin in fresh)
        {
            if (plugin.Has(Hook.Attached)) plugin.Lane!.Post(attached);
        }
    }

    private async ValueTask StopAsync(HostedPlugin plugin)
    {
        if (plugin.Lane is not null) await CompleteLaneAsync(plugin);
        await EndAsync(plugin);
    }
}

/// <summary>What a reload did to plugins, by their names.</summary>
/// <param name="Started">New ones.</param>
/// <param name="Stopped">Old ones.</param>
/// <param name="Kept">Those that stayed as they were.</param>
/// <param name="ChangesTopics">Whether others decide about topics now.</param>
internal sealed record PluginChanges(IReadOnlyList<string> Started, IReadOnlyList<string> Stopped, IReadOnlyList<string> Kept, bool ChangesTopics);
