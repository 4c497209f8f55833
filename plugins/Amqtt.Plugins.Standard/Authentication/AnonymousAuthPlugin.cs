using Microsoft.Extensions.Logging;

namespace Amqtt.Plugins.Standard;

/// <summary>
/// Lets everybody in, or everybody who says a name. It never checks a password: whoever names a user is that user, unless
/// another authentication plugin says no.
/// </summary>
[PluginAlias("anonymous")]
[PluginAlias("auth_anonymous")]
[PluginAlias("amqtt.plugins.authentication.AnonymousAuthPlugin")]
public sealed class AnonymousAuthPlugin(AnonymousAuthPlugin.Config config, ILogger<AnonymousAuthPlugin> logger) : BaseAuthPlugin
{
    /// <summary>The options.</summary>
    public sealed class Config
    {
        /// <summary>true: everybody may connect, and who names no user is anonymous. false: only who names a user. Default true.</summary>
        public bool AllowAnonymous { get; init; } = true;
    }

    /// <inheritdoc/>
    public override ValueTask OnBrokerPreStartAsync(CancellationToken cancel)
    {
        if (config.AllowAnonymous) logger.LogWarning("Anonymous access is open: clients may connect without user name and password.");
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask<Decision> AuthenticateAsync(AuthenticateContext context)
    {
        var hasName = !string.IsNullOrEmpty(context.UserName);
        if (config.AllowAnonymous && !hasName) context.IsAnonymous = true;
        return hasName || config.AllowAnonymous ? Decision.Allow : Decision.Deny();
    }
}
