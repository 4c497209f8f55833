using System.ComponentModel.DataAnnotations;
using System.Diagnostics.Metrics;
using Amqtt.Plugins;
using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Configuration.Binding;

namespace Amqtt.Runtime.Plugins;

/// <summary>
/// Whether the plugins of a plan could be started, as far as that can be seen without constructing one; of their code only <see cref="IConfigCheck"/> and <c>ConfigureServices</c> run.
/// </summary>
internal static class StartCheck
{
    /// <summary>Reports what a start would fail for, or, of a plugin that is not required, go on without.</summary>
    public static void Run(PluginPlan plan, PluginHostOptions options, ConfigErrors errors)
    {
        using var meter = new Meter("Amqtt.Plugins");
        var activator = new PluginActivator(options, new(meter), scopesInUse: 0, generation: 0);
        foreach (var planned in plan.Plugins)
        {
            foreach (var (location, text) in Problems(planned, activator))
            {
                if (planned.Settings.IsRequired) errors.Add(location, text);
                else errors.Warn(location, $"{text}; it is not required, so the broker would start without it and refuse whatever it would decide");
            }
        }
    }

    private static IEnumerable<ConfigMessage> Problems(PlannedPlugin planned, PluginActivator activator)
    {
        var keyPath = $"plugins.{planned.Identity.Path}";
        if ((planned.Fault ?? activator.FaultOf(planned)) is { } fault) return [new(planned.Location, $"{keyPath}: {fault.Problem}")];
        if (planned.Config is not IConfigCheck config) return [];
        try
        {
            return [.. config.Check().Where(static result => result != ValidationResult.Success).Select(result => Placed(result, planned, keyPath))];
        }
        catch (Exception exception)
        {
            // It is the plugin's code: what it throws is a mistake to report, not the end of the check.
            return [new(planned.Location, $"{keyPath}: the check of its options failed: {exception.Message}")];
        }
    }

    /// <summary>A problem at the option that it is about, if the configuration has that one.</summary>
    private static ConfigMessage Placed(ValidationResult result, PlannedPlugin planned, string keyPath)
    {
        var members = ClassMembers.Of(planned.Config!.GetType());
        var member = members.All.FirstOrDefault(member => result.MemberNames.Contains(member.Property.Name, StringComparer.Ordinal));
        var entry = member is null ? null : (planned.Options as ConfigMapping)?.Entries.Where(entry => members.Find(entry.Key.Text) == member).OrderBy(static entry => entry.IsMerged).FirstOrDefault();
        return new(entry?.Value.Location ?? planned.Location, $"{keyPath}{(member is null ? "" : $".{member.Key}")}: {result.ErrorMessage?.TrimEnd('.')}");
    }
}
