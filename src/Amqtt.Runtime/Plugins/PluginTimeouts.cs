namespace Amqtt.Runtime.Plugins;

/// <summary>How long a plugin may take. <c>$timeout</c> replaces those of the hooks that decide, transform or observe.</summary>
internal sealed record PluginTimeouts
{
    public static PluginTimeouts Default { get; } = new();

    public TimeSpan Authenticate { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan Filter { get; init; } = TimeSpan.FromSeconds(2);

    public TimeSpan Transform { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan Observe { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan Start { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan Stop { get; init; } = TimeSpan.FromSeconds(10);

    public PluginTimeouts WithHooks(TimeSpan timeout) => this with { Authenticate = timeout, Filter = timeout, Transform = timeout, Observe = timeout };
}
