using System.Diagnostics.Metrics;
using Amqtt.Plugins;
using Amqtt.Runtime.Configuration;
using Microsoft.Extensions.Logging;

namespace Amqtt.Runtime.Plugins;

/// <summary>Logs and counts what goes wrong in one plugin, naming the plugin and the hook.</summary>
internal sealed class PluginFaults(string plugin, ILogger logger, PluginCounters counters)
{
    public void Threw(Hook hook, Exception exception)
    {
        counters.Faults.Add(1, Tags(hook));
        logger.HookThrew(plugin, hook, exception);
    }

    public void TimedOut(Hook hook, TimeSpan timeout)
    {
        counters.TimeOuts.Add(1, Tags(hook));
        logger.HookTimedOut(plugin, hook, DurationText.Format(timeout));
    }

    public void Blocks(Hook hook, TimeSpan since)
    {
        counters.TimeOuts.Add(1, Tags(hook));
        logger.HookBlocks(plugin, hook, since);
    }

    public void BlocksLoop(Hook hook, TimeSpan since)
    {
        counters.TimeOuts.Add(1, Tags(hook));
        logger.HookBlocksLoop(plugin, hook, since);
    }

    public void MovedToCaller(Hook hook) => logger.HookMovedToCaller(plugin, hook);

    public void MovedToPool(Hook hook, long milliseconds) => logger.HookMovedToPool(plugin, hook, milliseconds);

    public void Dropped(Hook hook, bool isFirst)
    {
        counters.Drops.Add(1, Tags(hook));
        if (isFirst) logger.LaneIsFull(plugin, hook);
    }

    /// <summary>How many events a full lane has dropped, now that it is empty or the plugin stops.</summary>
    public void HasDropped(long events) => logger.EventsWereDropped(plugin, events);

    /// <summary>A call ended that was measured: all on the thread pool, a sample of the others.</summary>
    public void Lasted(Hook hook, TimeSpan time)
    {
        if (counters.Duration.Enabled) counters.Duration.Record(time.TotalSeconds, Tags(hook));
    }

    /// <summary>A call was not made because the breaker is open.</summary>
    public void Refused(Hook hook) => counters.Refusals.Add(1, Tags(hook));

    public void FoundNoPlace(Hook hook, TimeSpan timeout)
    {
        counters.Refusals.Add(1, Tags(hook));
        logger.NoPlace(plugin, hook, timeout);
    }

    public void BreakerOpened(Hook hook, TimeSpan time) => logger.BreakerOpened(plugin, hook, time);

    public void Recovered(Hook hook) => logger.Recovered(plugin, hook);

    public void Denied(Hook hook) => counters.Denials.Add(1, Tags(hook));

    public void OutputIgnored(string output) => logger.OutputIgnored(plugin, output);

    public void WorkThrew(Exception exception) => logger.WorkThrew(plugin, exception);

    public void StopFailed(string what, Exception? exception) => logger.StopFailed(plugin, what, exception);

    public void GoesOnWithout(PluginException cause) => logger.GoesOnWithout(cause.PluginPath, cause.Problem, cause.InnerException);

    /// <summary>What a measurement is labelled with.</summary>
    public KeyValuePair<string, object?>[] Tags(Hook hook) => [new("plugin", plugin), new("hook", hook.ToString())];
}

/// <summary>The counters of all plugins of a host; meter <c>Amqtt.Plugins</c>.</summary>
internal sealed class PluginCounters(Meter meter)
{
    public Counter<long> Faults { get; } = meter.CreateCounter<long>("amqtt.plugin.faults", description: "Hooks that threw.");

    public Counter<long> TimeOuts { get; } = meter.CreateCounter<long>("amqtt.plugin.timeouts", description: "Hooks that took too long.");

    public Counter<long> Denials { get; } = meter.CreateCounter<long>("amqtt.plugin.denials", description: "Decisions that denied.");

    public Counter<long> Refusals { get; } = meter.CreateCounter<long>("amqtt.plugin.refusals", description: "Hooks that were not called because they mostly failed or too many calls were under way.");

    public Histogram<double> Duration { get; } = meter.CreateHistogram<double>("amqtt.plugin.duration", unit: "s", description: "How long hooks took; those on event loops are sampled.");

    public Counter<long> Drops { get; } = meter.CreateCounter<long>("amqtt.plugin.drops", description: "Events dropped because a plugin's lane was full.");

    /// <summary>What is read when somebody looks: calls by plugin and hook, and how many events wait for each plugin.</summary>
    public void Observe(Func<IReadOnlyList<HostedPlugin>> plugins)
    {
        meter.CreateObservableCounter("amqtt.plugin.calls", () => plugins().SelectMany(CallsOf), description: "Hooks that were called.");
        meter.CreateObservableGauge("amqtt.plugin.lane.depth", () => plugins().Where(plugin => plugin.Lane is not null).Select(DepthOf), description: "Events that wait for a plugin.");
    }

    private static IEnumerable<Measurement<long>> CallsOf(HostedPlugin plugin)
    {
        var asked = plugin.Gates.Select(gate => new Measurement<long>(gate.Calls.Total, plugin.Faults.Tags(gate.Hook)));
        return plugin.Lane is { } lane ? asked.Concat(lane.Calls.Select(calls => new Measurement<long>(calls.Count, plugin.Faults.Tags(calls.Hook)))) : asked;
    }

    private static Measurement<int> DepthOf(HostedPlugin plugin) => new(plugin.Lane!.Depth, new KeyValuePair<string, object?>("plugin", plugin.Identity.Id));
}
