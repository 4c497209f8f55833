using System.Globalization;
using Amqtt.Broker.Configuration;
using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Cli.Commands;

/// <summary><c>amqtt config show [FILE]</c>: the effective configuration, in a form that can be used as a configuration file.</summary>
internal static class ConfigShowCommand
{
    public static int Run(string? file, Terminal terminal)
    {
        var errors = new ConfigErrors();
        var options = ConfigurationSource.Read(file, errors);
        using var plan = options is null ? null : ConfigurationSource.Plan(options, errors);
        terminal.Warnings(errors.Warnings);
        if (errors.HasErrors)
        {
            terminal.Errors(errors.Errors);
            return 1;
        }

        var shown = options!.Describe();
        terminal.Output.WriteLine($"# Effective configuration {(file is null ? "without a file" : $"of {file}")}, Amqtt.NET {CommandLine.Version}. Secrets are shown as ***.");
        terminal.Output.Write(YamlText.Write(new ConfigMapping(ConfigLocation.None, [.. shown.Entries, Plugins(plan!)])));
        return 0;
    }

    // A list, because a plugin may be there twice.
    private static ConfigEntry Plugins(PluginPlan plan) => new(
        Text(nameof(BrokerOptions.Plugins).ToLowerInvariant()),
        new ConfigSequence(ConfigLocation.None, [.. plan.Plugins.Select(Plugin)]));

    private static ConfigNode Plugin(PlannedPlugin plugin)
    {
        IReadOnlyList<ConfigEntry> options = [.. Reserved(plugin.Settings), .. plugin.Config is null ? [] : ConfigTree.Describe(plugin.Config).Entries];
        var path = Text(plugin.Identity.Path);
        return options.Count == 0 ? path : new ConfigMapping(ConfigLocation.None, [new(path, new ConfigMapping(ConfigLocation.None, options))]);
    }

    private static IEnumerable<ConfigEntry> Reserved(PluginSettings settings)
    {
        if (settings.Id is { } id)
            yield return new(Text("$id"), Text(id));
        if (!settings.IsRequired)
            yield return new(Text("$required"), Text("false"));
        if (settings.Timeout is { } timeout)
            yield return new(Text("$timeout"), Text(DurationText.Format(timeout)));
        if (settings.OnError != default)
            yield return new(Text("$on_error"), Text(settings.OnError.ToString().ToLowerInvariant()));
        if (settings.Topics is { } topics)
            yield return new(Text("$topics"), List(topics));
        if (settings.Listeners is { } listeners)
            yield return new(Text("$listeners"), List(listeners));
        if (settings.Offload)
            yield return new(Text("$offload"), Text("true"));
        if (settings.MaxConcurrency is { } places)
            yield return new(Text("$max_concurrency"), Text(places.ToString(CultureInfo.InvariantCulture)));
    }

    private static ConfigSequence List(IEnumerable<string> items) => new(ConfigLocation.None, [.. items.Select(static item => new ConfigScalar(ConfigLocation.None, item, isPlain: false))]);

    private static ConfigScalar Text(string text) => new(ConfigLocation.None, text, isPlain: true);
}
