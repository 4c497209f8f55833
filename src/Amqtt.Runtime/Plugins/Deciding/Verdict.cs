using Amqtt.Protocol;

namespace Amqtt.Runtime.Plugins;

/// <summary>What all deciding plugins together said.</summary>
internal readonly struct Verdict
{
    private Verdict(bool isAllowed, bool isFault, ReasonCode? reason, string? text)
    {
        IsAllowed = isAllowed;
        IsFault = isFault;
        Reason = reason;
        Text = text;
    }

    public static Verdict Allowed => new(isAllowed: true, isFault: false, null, null);

    /// <summary>Refused because a plugin failed or took too long, and none denied.</summary>
    public static Verdict Fault => new(isAllowed: false, isFault: true, null, null);

    /// <summary>Refused because nobody allowed it.</summary>
    public static Verdict Unsaid => Denied() with { By = DeniedBy.Silence };

    /// <summary>Whether the client may.</summary>
    public bool IsAllowed { get; }

    /// <summary>Refused, but because of a fault: the client gets a different code.</summary>
    public bool IsFault { get; }

    /// <summary>The reason code the denying plugin chose, or null for the usual one.</summary>
    public ReasonCode? Reason { get; }

    /// <summary>The sentence the denying plugin chose for the client, or null.</summary>
    public string? Text { get; }

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

    /// <summary>The same, as a plugin's own word.</summary>
    public Verdict AsOpinionOf(string plugin) => this with { IsOpinion = true, By = DeniedBy.ThePlugin(plugin) };

    public static Verdict Denied(ReasonCode? reason = null, string? text = null, string? serverReference = null) =>
        new(isAllowed: false, isFault: false, reason, text) { ServerReference = serverReference };
}
