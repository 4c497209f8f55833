using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Runtime.Configuration;

namespace Amqtt.Runtime.Plugins;

/// <summary>What is said about a plugin beside its own options: in a configuration the reserved keys, those that start with <c>$</c>.</summary>
public sealed record PluginSettings
{
    /// <summary>The key of <see cref="Listeners"/>.</summary>
    internal const string ListenersKey = "$listeners";

    private const string Known = "$id, $enabled, $required, $timeout, $on_error, $topics, $listeners, $offload, $max_concurrency";

    /// <summary>The name in logs and counters, or null for the class name (<c>$id</c>).</summary>
    public string? Id { get; init; }

    /// <summary>Whether the plugin is to run at all (<c>$enabled</c>).</summary>
    public bool IsEnabled { get; init; } = true;

    /// <summary>Whether the broker refuses to start without it (<c>$required</c>).</summary>
    public bool IsRequired { get; init; } = true;

    /// <summary>How long its deciding, transforming and observing hooks may take, or null for the defaults (<c>$timeout</c>).</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>What a fault in a transform means (<c>$on_error</c>).</summary>
    public OnError OnError { get; init; }

    /// <summary>The topics it is asked about and told of, as filters; null = all (<c>$topics</c>).</summary>
    public IReadOnlyList<string>? Topics { get; init; }

    /// <summary>The listeners whose clients it is asked about and told of; null = all (<c>$listeners</c>).</summary>
    public IReadOnlyList<string>? Listeners { get; init; }

    /// <summary>Its hooks are always called on the thread pool, however quick they are (<c>$offload</c>).</summary>
    public bool Offload { get; init; }

    /// <summary>How many calls of its deciding and transforming hooks, all of them together, may be under way; those beyond wait for their turn. Null = no bound (<c>$max_concurrency</c>).</summary>
    public int? MaxConcurrency { get; init; }

    /// <summary>Whether it is asked about some things only.</summary>
    internal bool HasScope => Topics is not null || Listeners is not null;

    /// <summary>Takes the reserved keys out of a plugin's options.</summary>
    internal static (PluginSettings Settings, ConfigNode? Options) Read(ConfigNode? options, ConfigErrors errors, string keyPath, PluginSettings? given = null)
    {
        var settings = given ?? new();
        if (options is not ConfigMapping map) return (settings, options);
        var (reserved, others) = map.Split(static key => key.StartsWith('$'));
        if (reserved.Entries.Count == 0) return (settings, options);

        foreach (var entry in reserved.Entries) settings = settings.With(entry, errors, $"{keyPath}.{entry.Key.Text}");
        return (settings, others);
    }

    /// <summary>Where a plugin's options name a listener.</summary>
    internal static ConfigLocation WhereListed(ConfigNode? options, string listener)
    {
        var value = (options as ConfigMapping)?.Entries.FirstOrDefault(static entry => entry.Key.Text == ListenersKey)?.Value;
        var item = (value as ConfigSequence)?.Items.FirstOrDefault(item => item is ConfigScalar scalar && scalar.Text == listener) ?? value;
        return item?.Location ?? default;
    }

    private PluginSettings With(ConfigEntry entry, ConfigErrors errors, string keyPath)
    {
        switch (entry.Key.Text)
        {
            case "$id" when ConfigBinder.Bind(typeof(string), entry.Value, errors, keyPath) is string { Length: > 0 } id:
                return this with { Id = id };
            case "$enabled" when Bind<bool>(entry, errors, keyPath) is { } enabled:
                return this with { IsEnabled = enabled };
            case "$required" when Bind<bool>(entry, errors, keyPath) is { } required:
                return this with { IsRequired = required };
            case "$timeout" when Bind<TimeSpan>(entry, errors, keyPath) is { } timeout:
                if (timeout > TimeSpan.Zero && timeout <= TimeSpan.FromDays(1)) return this with { Timeout = timeout };
                errors.Add(entry.Value.Location, $"{keyPath}: must be more than 0 s and at most 1 d");
                return this;
            case "$on_error" when Bind<OnError>(entry, errors, keyPath) is { } onError:
                return this with { OnError = onError };
            case "$offload" when Bind<bool>(entry, errors, keyPath) is { } offload:
                return this with { Offload = offload };
            case "$max_concurrency" when Bind<int>(entry, errors, keyPath) is { } places:
                if (places > 0) return this with { MaxConcurrency = places };
                errors.Add(entry.Value.Location, $"{keyPath}: must be 1 or more");
                return this;
            case "$topics" when BindList(entry, errors, keyPath) is { } topics:
                if (topics.FirstOrDefault(static topic => !TopicFilter.IsValid(topic) || SharedSubscription.IsShared(topic)) is not { } wrong) return this with { Topics = topics };
                errors.Add(entry.Value.Location, $"{keyPath}: expected topic filters such as factory/+/state or factory/#, but found '{LogText.Escape(wrong)}'");
                return this;
            case "$listeners" when BindList(entry, errors, keyPath) is { } listeners:
                return this with { Listeners = listeners };
            case "$id" or "$enabled" or "$required" or "$timeout" or "$on_error" or "$offload" or "$max_concurrency" or "$topics" or "$listeners":
                return this;
            default:
                errors.Add(entry.Key.Location, $"{keyPath}: unknown reserved key; known are {Known}");
                return this;
        }
    }

    private static T? Bind<T>(ConfigEntry entry, ConfigErrors errors, string keyPath)
        where T : struct
        => ConfigBinder.Bind(typeof(T), entry.Value, errors, keyPath) as T?;

    /// <summary>A list, or a single value for a list of one; never an empty one.</summary>
    private static List<string>? BindList(ConfigEntry entry, ConfigErrors errors, string keyPath)
    {
        if (entry.Value is ConfigScalar { IsNull: false } single) return [single.Text];
        var list = ConfigBinder.Bind(typeof(List<string>), entry.Value, errors, keyPath) as List<string>;
        if (list is not { Count: 0 }) return list;
        errors.Add(entry.Value.Location, $"{keyPath}: the list is empty; leave the key out to have no restriction");
        return null;
    }
}

/// <summary>What a fault in a plugin's transform means. A plugin that decides refuses whatever is said here.</summary>
public enum OnError
{
    /// <summary>The packet is refused.</summary>
    Refuse,

    /// <summary>The packet goes on as if the plugin had not been asked.</summary>
    Skip,
}
