using System.Diagnostics.Metrics;
using Amqtt.Plugins;
using Amqtt.Runtime.Configuration;

namespace Amqtt.Runtime.Plugins;

/// <summary>Whether the plugins of a plan could be started, as far as that can be seen without constructing one; of their code only <c>ConfigureServices</c> runs.</summary>
internal static class StartCheck
{
    /// <summary>Reports what a start would fail for, or, of a plugin that is not required, go on without.</summary>
    public static void Run(PluginPlan plan, PluginHostOptions options, ConfigErrors errors)
    {
        using var meter = new Meter("Amqtt.Plugins");
        var activator = new PluginActivator(options, new(meter), scopesInUse: 0);
        foreach (var planned in plan.Plugins)
        {
            if ((planned.Fault ?? activator.FaultOf(planned)) is not { } fault) continue;
            var text = $"plugins.{planned.Identity.Path}: {fault.Problem}";
            if (planned.Settings.IsRequired) errors.Add(planned.Location, text);
            else errors.Warn(planned.Location, $"{text}; it is not required, so the broker would start without it and refuse whatever it would decide");
        }
    }
}
