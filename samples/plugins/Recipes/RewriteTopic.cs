using System.ComponentModel.DataAnnotations;
using Amqtt.Plugins;

namespace Recipes;

/// <summary>Publishes what devices send below an old prefix below the new one. Topic plugins are asked about the new topic.</summary>
public sealed class RewriteTopic(RewriteTopic.Config config) : BrokerPlugin
{
    public sealed class Config
    {
        /// <summary>Old prefix: new prefix.</summary>
        [MinLength(1)]
        public required Dictionary<string, string> Prefixes { get; init; }
    }

    /// <inheritdoc/>
    public override ValueTask OnPublishAsync(PublishContext context)
    {
        var topic = context.Topic;
        foreach (var (old, replacement) in config.Prefixes)
        {
            if (!topic.StartsWith(old, StringComparison.Ordinal)) continue;
            context.Topic = string.Concat(replacement, topic.AsSpan(old.Length));
            break;
        }

        return default;
    }
}
