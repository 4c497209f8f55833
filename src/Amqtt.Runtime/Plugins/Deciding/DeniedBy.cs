namespace Amqtt.Runtime.Plugins;

/// <summary>Who refused something: a plugin, or a rule of the broker's own; by default the broker. As text it is what logs say.</summary>
internal readonly record struct DeniedBy
{
    private readonly string? _rule;

    private DeniedBy(string? plugin, string? rule)
    {
        Plugin = plugin;
        _rule = rule;
    }

    /// <summary>There are plugins to ask, or there should be, and none of them allowed it.</summary>
    public static DeniedBy Silence => new(plugin: null, "the broker (no plugin allows it)");

    /// <summary>An auth plugin granted the client permissions, and they do not cover it.</summary>
    public static DeniedBy Permissions => new(plugin: null, "the permissions it was granted");

    /// <summary>The plugin, as logs name it; null if none denied it.</summary>
    public string? Plugin { get; }

    /// <summary>A plugin denied it, or failed to answer.</summary>
    public static DeniedBy ThePlugin(string? plugin) => new(plugin, rule: null);

    /// <inheritdoc/>
    public override string ToString() => Plugin is null ? _rule ?? "the broker" : $"plugin {Plugin}";
}
