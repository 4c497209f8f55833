namespace Amqtt.Plugins.Testing;

/// <summary>One call of a hook, as it ended.</summary>
/// <param name="Plugin">The class of the plugin.</param>
/// <param name="Hook">Which hook.</param>
/// <param name="Event">What it was told or asked, in the event's own class; null for lifecycle hooks and for contexts, which do not outlive their hook.</param>
/// <param name="Facts">The call in one line, for people: <c>FilterTopic Publish a/b of c1</c>.</param>
public sealed record HookCall(Type Plugin, Hook Hook, object? Event, string Facts)
{
    /// <summary>What a deciding hook decided; null for others, and for one that threw.</summary>
    public Decision? Decision { get; init; }

    /// <summary>What the hook threw, or null.</summary>
    public Exception? Exception { get; init; }

    /// <summary>The call and how it ended.</summary>
    public override string ToString() =>
        Exception is not null ? $"{Facts} -> {Exception.GetType().Name}: {Exception.Message}" : Decision is { } decision ? $"{Facts} -> {Describe(decision)}" : Facts;

    private static string Describe(Decision decision) => decision.IsAllow ? "allow" : decision.IsDeny ? $"deny {decision.Reason}" : "no opinion";
}
