using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <summary>What allowing plugins set on their contexts, the first in configuration order winning.</summary>
internal record struct AuthOutputs
{
    private string? _identity;
    private bool _isAnonymous;

    public static AuthOutputs Of(AuthenticateContext context) => new() { _identity = context.Identity, _isAnonymous = context.IsAnonymous };

    public void Merge(AuthOutputs later, PluginFaults faults)
    {
        _isAnonymous |= later._isAnonymous;
        if (later._identity is null || later._identity == _identity) return;
        if (_identity is null) _identity = later._identity;
        else faults.OutputIgnored(nameof(AuthenticateContext.Identity));
    }

    public readonly void ApplyTo(AuthenticateContext context)
    {
        context.Identity = _identity;
        // Somebody whom a plugin knows is not anonymous, even if another plugin would have let anybody in.
        context.IsAnonymous = _isAnonymous && _identity is null;
    }
}
