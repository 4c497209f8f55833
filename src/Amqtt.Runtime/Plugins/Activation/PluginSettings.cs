using Amqtt.Runtime.Configuration;

namespace Amqtt.Runtime.Plugins;

/// <summary>What a configuration says about a plugin with the reserved keys, those that start with <c>$</c>.</summary>
internal sealed record PluginSettings
{
    private static readonly string[] Planned = ["$on_error", "$topics", "$listeners", "$offload"];

    /// <summary>The name in logs and counters, or null for the class name.</summary>
    public string? Id { get; init; }

    /// <summary>Whether the plugin is to run at all.</summary>
    public bool IsEnabled { get; init; } = true;

    /// <summary>Whether the broker refuses to start without it.</summary>
    public bool IsRequired { get; init; } = true;

    /// <summary>How long its deciding and observing hooks may take, or null for the defaults.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Takes the reserved keys out of a plugin's options.</summary>
    public static (PluginSettings Settings, ConfigNode? Options) Read(ConfigNode? options, ConfigErrors errors, string keyPath)
    {
        if (options is not ConfigMapping map) return (new(), options);
        var (reserved, others) = map.Split(static key => key.StartsWith('$'));
        if (reserved.Entries.Count == 0) return (new(), options);

        var settings = new PluginSettings();
        foreach (var entry in reserved.Entries) settings = settings.With(entry, errors, $"{keyPath}.{entry.Key.Text}");
        return (settings, others);
    }

    private PluginSettings With(ConfigEntry entry, ConfigErrors errors, string keyPath)
    {
        switch (entry.Key.Text)
        {
            case "$id" when Bind<string>(entry, errors, keyPath) is { Length: > 0 } id:
                return this with { Id = id };
            case "$enabled" when Bind<bool>(entry, errors, keyPath) is { } enabled:
                return this with { IsEnabled = enabled };
            case "$required" when Bind<bool>(entry, errors, keyPath) is { } required:
                return this with { IsRequired = required };
            case "$timeout" when Bind<TimeSpan>(entry, errors, keyPath) is { } timeout:
                if (timeout > TimeSpan.Zero && timeout <= TimeSpan.FromDays(1)) return this with { Timeout = timeout };
                errors.Add(entry.Value.Location, $"{keyPath}: must be more than 0 s and at most 1 d");
                return this;
            case "$id" or "$enabled" or "$required" or "$timeout":
                return this;
            case var planned when Planned.Contains(planned, StringComparer.Ordinal):
                errors.Add(entry.Key.Location, $"{keyPath}: this version does not support {planned} yet");
                return this;
            default:
                errors.Add(entry.Key.Location, $"{keyPath}: unknown reserved key; known are $id, $enabled, $required, $timeout");
                return this;
        }
    }

    private static T? Bind<T>(ConfigEntry entry, ConfigErrors errors, string keyPath)
        => ConfigBinder.Bind(typeof(T), entry.Value, errors, keyPath) is T value ? value : default(T?);
}
