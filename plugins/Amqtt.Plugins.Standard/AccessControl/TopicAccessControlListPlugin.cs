using Microsoft.Extensions.Logging;

namespace Amqtt.Plugins.Standard;

/// <summary>
/// Decides by user who may publish to, subscribe to and receive which topics. A client without user name counts as user <c>anonymous</c>. In a rule a level
/// <c>%c</c> stands for the client id and a level <c>%u</c> for the user name, both taken literally; the rules of user <c>$all</c> count for everyone; what is denied is denied whatever else is allowed.
/// </summary>
[PluginAlias("acl")]
[PluginAlias("topic_acl")]
[PluginAlias("amqtt.plugins.topic_checking.TopicAccessControlListPlugin")]
public sealed partial class TopicAccessControlListPlugin : BaseTopicPlugin
{
    // Of this instance: two access control lists keep their views of one session apart.
    private readonly SessionKey<AccessView> _view = new($"amqtt.acl.{Guid.NewGuid():N}");
    private readonly AccessRules _configured;
    private readonly WatchedFile<AccessRules>? _file;
    private readonly Config _config;
    private readonly ILogger _logger;

    /// <summary>A plugin that reads its rules.</summary>
    /// <param name="config">The options.</param>
    /// <param name="context">The host.</param>
    /// <exception cref="AclFileException">The file cannot be read.</exception>
    public TopicAccessControlListPlugin(Config config, BrokerContext context)
    {
        _config = config;
        _logger = context.Logger;
        _configured = config.ToRules();
        if (config.Acl is not null) _logger.LogWarning("The option 'acl' is an older name; write 'subscribe_acl'.");
        if (config.AclFile is not { } file) return;
        try
        {
            // Subscriptions that the new rules would refuse end, instead of staying without a message.
            _file = new(file.FullName, text => Merge(text, file.Name), context, async cancel => await context.InvalidateAuthorizationAsync(cancel: cancel));
        }
        catch (Exception exception) when (WatchedFile<AccessRules>.IsFailure(exception))
        {
            throw new AclFileException($"the access control list {file.FullName} cannot be used: {exception.Message}", exception);
        }
    }

    private AccessRules Rules => _file?.Value ?? _configured;

    /// <inheritdoc/>
    public override ValueTask OnBrokerPreStartAsync(CancellationToken cancel)
    {
        if (_config.RestrictsOnlySubscribing) _logger.LogInformation("Subscribing is restricted, publishing is not: without 'publish_acl' every client may publish to every topic.");
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask<Decision> FilterTopicAsync(TopicContext context)
    {
        var session = context.Session;
        var rules = Rules;
        if (!session.Attributes.TryGet(_view, out var view) || !view.IsOf(rules, session.UserName))
        {
            view = rules.For(session.ClientId, session.UserName);
            session.Attributes.Set(_view, view);
        }

        return view.Allows(context.Action, context.Topic) ? Decision.Allow : Decision.Deny();
    }

    private AccessRules Merge(string text, string file)
    {
        var rules = _config.ToRules();
        MosquittoAclFile.AddTo(rules, text, file);
        return rules;
    }
}
