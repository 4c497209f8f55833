using Microsoft.Extensions.Logging;

namespace Amqtt.Plugins.Testing.Tests;

/// <summary>The plugin of the README with an observer besides.</summary>
public sealed class Quarantine(Quarantine.Config config, ILogger<Quarantine> logger) : BaseTopicPlugin
{
    public sealed class Config
    {
        public string Prefix { get; init; } = "quarantine/";
    }

    public override ValueTask<Decision> FilterTopicAsync(TopicContext context) =>
        context.Topic.StartsWith(config.Prefix, StringComparison.Ordinal) ? Decision.Deny() : Decision.Allow;

    public override ValueTask OnBrokerClientConnectedAsync(ClientConnectedEvent e, CancellationToken cancel)
    {
        logger.LogInformation("hello {ClientId}", e.ClientId);
        return default;
    }
}
