using Amqtt.Plugins;
using Microsoft.Extensions.Logging;

namespace Acme.Hello;

/// <summary>Greets clients in the log and keeps everybody out of the topics below a prefix.</summary>
public sealed class HelloPlugin(HelloPlugin.Config config, ILogger<HelloPlugin> logger) : BaseTopicPlugin
{
    /// <summary>The options: each property is a key below the plugin's name in the configuration file.</summary>
    public sealed class Config
    {
        /// <summary>How to greet.</summary>
        public string Greeting { get; init; } = "hello";

        /// <summary>Topics below it are refused.</summary>
        public string Forbidden { get; init; } = "forbidden/";
    }

    /// <inheritdoc/>
    public override ValueTask OnBrokerClientConnectedAsync(ClientConnectedEvent e, CancellationToken cancel)
    {
        logger.LogInformation("{Greeting}, {ClientId}", config.Greeting, LogText.Escape(e.ClientId));
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask<Decision> FilterTopicAsync(TopicContext context) =>
        context.Topic.StartsWith(config.Forbidden, StringComparison.Ordinal) ? Decision.Deny() : Decision.Allow;
}
