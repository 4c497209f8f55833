using System.Runtime.CompilerServices;
using Amqtt.Protocol;

namespace Amqtt.Plugins;

/// <summary>
/// What a plugin says about a question: allow, deny, or nothing (the default). <c>true</c>, <c>false</c> and <c>null</c> convert to it.
/// </summary>
/// <remarks>
/// Over all plugins, any deny or fault denies; otherwise at least one allow allows; otherwise the answer is deny.
/// The order of the plugins makes no difference.
/// </remarks>
public readonly record struct Decision
{
    // Copied whole: a copy of what has just been put together from parts has to wait for the parts.
    private static readonly ValueTask<Decision> Allowed = new(Allow);

    // What few decisions say. With it apart, a decision has 16 bytes, and its task is copied in one move: from one that was copied in two, a processor cannot take what spans both before they have
    // reached its cache, which took longer than a quick plugin.
    private readonly Extra? _extra;
    private readonly Kind _kind;
    private readonly ReasonCode _reason;

    private Decision(Kind kind, ReasonCode? reason = null, Extra? extra = null)
    {
        _kind = kind;
        _reason = reason ?? ReasonCode.Success;
        _extra = extra;
    }

    private enum Kind : byte
    {
        NoOpinion,
        Allow,
        Deny,
    }

    /// <summary>Allow.</summary>
    public static Decision Allow => new(Kind.Allow);

    /// <summary>No opinion: others decide. The same as <c>default</c>.</summary>
    public static Decision NoOpinion => default;

    /// <summary>Whether it allows.</summary>
    public bool IsAllow => _kind == Kind.Allow;

    /// <summary>Whether it denies.</summary>
    public bool IsDeny => _kind == Kind.Deny;

    /// <summary>The reason code of a denial for the client, or null for the usual one (<see cref="ReasonCode.NotAuthorized"/>).</summary>
    public ReasonCode? Reason => _reason == ReasonCode.Success ? null : _reason;

    /// <summary>A sentence about the denial for an MQTT 5 client, or null.</summary>
    public string? Text => _extra?.Text;

    /// <summary>Where a client is sent that is refused by <see cref="Redirect"/>, or null.</summary>
    public string? ServerReference => _extra?.ServerReference;

    /// <summary>Refuses a client and sends it to other servers (MQTT 5, section 4.11); to 3.1 and 3.1.1 the server is unavailable. For <see cref="IAuthPlugin"/>.</summary>
    /// <param name="serverReference">The other servers, separated by spaces, each as <c>host</c>, <c>host:port</c> or <c>[address]:port</c>.</param>
    /// <param name="permanently">Whether the client should always go there from now on (0x9D instead of 0x9C).</param>
    /// <param name="text">A sentence for an MQTT 5 client, or null.</param>
    /// <exception cref="ArgumentException">The reference is empty or cannot be sent.</exception>
    public static Decision Redirect(string serverReference, bool permanently = false, string? text = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(serverReference);
        if (!MqttString.IsValid(serverReference)) throw new ArgumentException("It has characters that MQTT does not carry, or is too long.", nameof(serverReference));
        return new(Kind.Deny, permanently ? ReasonCode.ServerMoved : ReasonCode.UseAnotherServer, new Extra(text, serverReference, TimeSpan.Zero));
    }

    /// <summary>How long the broker may answer the same question by itself; zero = not at all. See <see cref="CacheFor"/>.</summary>
    public TimeSpan Lifetime
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _extra is { } extra ? extra.Lifetime : TimeSpan.Zero;
    }

    /// <summary>
    /// The same decision, which the broker may keep: for so long the same client is not asked about the same use of the same topic again, unless
    /// <see cref="IBroker.InvalidateAuthorizationAsync"/> is called or the session ends. A verdict is kept only if every plugin that was asked allows it, and for the shortest of
    /// their times. Only for topics; connecting is always asked about.
    /// </summary>
    /// <param name="lifetime">How long; more than zero.</param>
    public Decision CacheFor(TimeSpan lifetime)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(lifetime, TimeSpan.Zero);
        return new(_kind, Reason, new Extra(Text, ServerReference, lifetime));
    }

    /// <summary>Deny.</summary>
    /// <param name="reason">The reason code for the client; an error code (0x80 or above) that the answering packet may carry. Null is <see cref="ReasonCode.NotAuthorized"/>.</param>
    /// <param name="text">A sentence for an MQTT 5 client. It is sent to the client: it must say nothing that helps an attacker.</param>
    /// <exception cref="ArgumentOutOfRangeException">The reason code is none of an error.</exception>
    public static Decision Deny(ReasonCode? reason = null, string? text = null)
    {
        if (reason is { } code && (byte)code < 0x80)
            throw new ArgumentOutOfRangeException(nameof(reason), reason, "A denial needs a reason code of 0x80 or above.");
        return new(Kind.Deny, reason, text is null ? null : new Extra(text, ServerReference: null, TimeSpan.Zero));
    }

    /// <summary>true allows, false denies, null has no opinion.</summary>
    /// <param name="value">The answer.</param>
    public static implicit operator Decision(bool? value) => FromNullable(value);

    /// <summary>Lets a hook that has nothing to wait for return its decision as it is.</summary>
    /// <param name="value">The decision.</param>
    public static implicit operator ValueTask<Decision>(Decision value) => value.ToValueTask();

    /// <summary>true allows, false denies, null has no opinion.</summary>
    /// <param name="value">The answer.</param>
    public static Decision FromNullable(bool? value) => value switch { true => new(Kind.Allow), false => new(Kind.Deny), null => default };

    /// <summary>The decision as a completed task.</summary>
    public ValueTask<Decision> ToValueTask() => _kind == Kind.Allow && _extra is null ? Allowed : new(this);

    private sealed record Extra(string? Text, string? ServerReference, TimeSpan Lifetime);
}
