namespace Amqtt.Plugins.Standard;

/// <summary>
/// An example of a topic plugin: the topics <c>prohibited</c>, <c>top-secret</c> and <c>data/classified</c> are for user <c>admin</c> only; everything else is allowed.
/// </summary>
[PluginAlias("topic_taboo")]
[PluginAlias("amqtt.plugins.topic_checking.TopicTabooPlugin")]
public sealed class TopicTabooPlugin : BaseTopicPlugin
{
    private const string Exempt = "admin";

    /// <inheritdoc/>
    public override ValueTask<Decision> FilterTopicAsync(TopicContext context)
    {
        var isTaboo = context.Topic is "prohibited" or "top-secret" or "data/classified" && context.Session.UserName != Exempt;
        return isTaboo ? Decision.Deny() : Decision.Allow;
    }
}
