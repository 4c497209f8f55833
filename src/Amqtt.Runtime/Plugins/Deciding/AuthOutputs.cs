using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <summary>What allowing plugins set on their contexts, the first in configuration order winning.</summary>
internal sealed class AuthOutputs
{
    private bool _isAnonymous;

    public string? Identity { get; private set; }

    public string? AssignedClientId { get; private set; }

    public TimeSpan? SessionExpiry { get; private set; }

    public TimeSpan? KeepAlive { get; private set; }

    public DateTimeOffset? CredentialExpiry { get; private set; }

    public ClientLimits? Limits { get; private set; }

    public IReadOnlyList<TopicPermission>? Permissions { get; private set; }

    public string? TopicPrefix { get; private set; }

    public SessionAttributes Attributes { get; private init; } = new();

    /// <summary>Somebody whom a plugin knows is not anonymous, even if another plugin would have let anybody in.</summary>
    public bool IsAnonymous => _isAnonymous && Identity is null;

    /// <summary>What one plugin set.</summary>
    public static AuthOutputs Of(AuthenticateContext context) => new()
    {
        _isAnonymous = context.IsAnonymous,
        Identity = context.Identity,
        AssignedClientId = context.AssignedClientId,
        SessionExpiry = context.SessionExpiry,
        KeepAlive = context.KeepAlive,
        CredentialExpiry = context.CredentialExpiry,
        Limits = context.Limits,
        Permissions = context.Permissions,
        TopicPrefix = context.TopicPrefix,
        Attributes = context.Attributes,
    };

    /// <summary>Takes from a later plugin what no earlier one has set.</summary>
    public void Merge(AuthOutputs later, PluginFaults faults)
    {
        _isAnonymous |= later._isAnonymous;
        Identity = First(Identity, later.Identity, nameof(Identity), faults);
        AssignedClientId = First(AssignedClientId, later.AssignedClientId, nameof(AssignedClientId), faults);
        SessionExpiry = First(SessionExpiry, later.SessionExpiry, nameof(SessionExpiry), faults);
        KeepAlive = First(KeepAlive, later.KeepAlive, nameof(KeepAlive), faults);
        CredentialExpiry = First(CredentialExpiry, later.CredentialExpiry, nameof(CredentialExpiry), faults);
        Limits = First(Limits, later.Limits, nameof(Limits), faults);
        Permissions = First(Permissions, later.Permissions, nameof(Permissions), faults);
        TopicPrefix = First(TopicPrefix, later.TopicPrefix, nameof(TopicPrefix), faults);
        Attributes.AddMissing(later.Attributes);
    }

    /// <summary>Makes them those of the whole question.</summary>
    public void ApplyTo(AuthenticateContext context)
    {
        context.Identity = Identity;
        context.IsAnonymous = IsAnonymous;
        context.AssignedClientId = AssignedClientId;
        context.SessionExpiry = SessionExpiry;
        context.KeepAlive = KeepAlive;
        context.CredentialExpiry = CredentialExpiry;
        context.Limits = Limits;
        context.Permissions = Permissions;
        context.TopicPrefix = TopicPrefix;
        context.Attributes.AddMissing(Attributes);
    }

    private static T? First<T>(T? earlier, T? later, string output, PluginFaults faults)
    {
        if (later is null || earlier is null) return earlier is null ? later : earlier;
        if (!EqualityComparer<T>.Default.Equals(earlier, later)) faults.OutputIgnored(output);
        return earlier;
    }
}
