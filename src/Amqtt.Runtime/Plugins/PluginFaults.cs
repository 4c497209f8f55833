using System.Diagnostics.Metrics;
using Amqtt.Plugins;
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
        logger.HookTimedOut(plugin, hook, timeout);
    }

    public void Blocks(Hook hook, TimeSpan since)
    {
        counters.TimeOuts.Add(1, Tags(hook));
        logger.HookBlocks(plugin, hook, since);
    }

    public void MovedToCaller(Hook hook) => logger.HookMovedToCaller(plugin, hook);

    public void MovedToPool(Hook hook, long milliseconds) => logger.HookMovedToPool(plugin, hook, milliseconds);

    public void Dropped(Hook hook, bool isFirst)
    {
        counters.Drops.Add(1, Tags(hook));
        if (isFirst) logger.LaneIsFull(plugin, hook);
    }

    public void Denied(Hook hook) => counters.Denials.Add(1, Tags(hook));

    public void OutputIgnored(string output) => logger.OutputIgnored(plugin, output);

    public void WorkThrew(Exception exception) => logger.WorkThrew(plugin, exception);

    public void StopFailed(string what, Exception? exception) => logger.StopFailed(plugin, what, exception);

    public void GoesOnWithout(PluginException cause) => logger.GoesOnWithout(cause.PluginPath, cause.Problem, cause.InnerException);

    private KeyValuePair<string, object?>[] Tags(Hook hook) => [new("plugin", plugin), new("hook", hook.ToString())];
}

/// <summary>The counters of all plugins of a host; meter <c>Amqtt.Plugins</c>.</summary>
internal sealed class PluginCounters(Meter meter)
{
    public Counter<long> Faults { get; } = meter.CreateCounter<long>("amqtt.plugin.faults", description: "Hooks that threw.");

    public Counter<long> TimeOuts { get; } = meter.CreateCounter<long>("amqtt.plugin.timeouts", description: "Hooks that took too long.");

    public Counter<long> Denials { get; } = meter.CreateCounter<long>("amqtt.plugin.denials", description: "Decisions that denied.");

    public Counter<long> Drops { get; } = meter.CreateCounter<long>("amqtt.plugin.drops", description: "Events dropped because a plugin's lane was full.");
}
