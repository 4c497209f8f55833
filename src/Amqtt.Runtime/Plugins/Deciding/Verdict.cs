using Amqtt.Plugins;
using Amqtt.Protocol;

namespace Amqtt.Runtime.Plugins;

/// <summary>What all deciding plugins together said. Immutable. An object, for it passes through many hands, and mostly it is <see cref="Allowed"/>.</summary>
internal sealed record Verdict
{
    public static Verdict Allowed { get; } = new() { IsAllowed = true };

    /// <summary>Refused because a plugin failed or took too long, and none denied.</summary>
    public static Verdict Fault { get; } = new() { IsFault = true };

    /// <summary>Refused because nobody allowed it.</summary>
    public static Verdict Unsaid { get; } = new() { By = DeniedBy.Silence };

    /// <summary>Refused because what the client was granted does not cover it.</summary>
    public static Verdict NotGranted { get; } = new() { By = DeniedBy.Permissions };

    /// <summary>Whether the client may.</summary>
    public bool IsAllowed { get; private init; }

    /// <summary>Refused, but because of a fault: the client gets a different code.</summary>
    public bool IsFault { get; private init; }

    /// <summary>The reason code the denying plugin chose, or null for the usual one.</summary>
    public ReasonCode? Reason { get; private init; }

    /// <summary>The sentence the denying plugin chose for the client, or null.</summary>
    public string? Text { get; private init; }

    /// <summary>Where the denying plugin sends the client instead, or null.</summary>
    public string? ServerReference { get; private init; }

    /// <summary>Who refused it. Without a meaning for what is allowed.</summary>
    public DeniedBy By { get; init; }

    /// <summary>A denial that a plugin has said, not one for lack of anybody who allows.</summary>
    public bool IsOpinion { get; private init; }

    /// <summary>How long it may be kept; zero = not at all.</summary>
    public TimeSpan Lifetime { get; private init; }

    /// <summary>The same, and how long it may be kept.</summary>
    public Verdict For(TimeSpan lifetime) => this with { Lifetime = lifetime };

    /// <summary>A plugin has denied it.</summary>
    public static Verdict DenialOf(string plugin, in Decision decision) => new()
    {
        Reason = decision.Reason,
        Text = decision.Text,
        ServerReference = decision.ServerReference,
        IsOpinion = true,
        By = DeniedBy.ThePlugin(plugin),
    };

    public static Verdict Denied(ReasonCode? reason = null, string? text = null) => new() { Reason = reason, Text = text };
}
