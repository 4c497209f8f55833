using Amqtt.Plugins;

namespace Amqtt.Broker.Tests.Support;

/// <summary>An auth plugin that does what a test says.</summary>
internal sealed class Authenticates(Func<AuthenticateContext, Decision> decide) : BaseAuthPlugin
{
    public override ValueTask<Decision> AuthenticateAsync(AuthenticateContext context) => decide(context);
}

/// <summary>A topic plugin that does what a test says.</summary>
internal sealed class Filters(Func<TopicContext, Decision> decide) : BaseTopicPlugin
{
    public override ValueTask<Decision> FilterTopicAsync(TopicContext context) => decide(context);
}
