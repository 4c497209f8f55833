using Amqtt.Broker.Routing;
using Amqtt.Plugins;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Broker.Hooks;

/// <summary>Who is not asked about a message because of who published it.</summary>
internal static class OriginRules
{
    /// <summary>Whether no transform is asked.</summary>
    public static bool SkipsTransforms(this PluginOrigin? origin) => origin is { Transforms: PublishTransforms.None };

    /// <summary>The plugin whose transforms are not asked, because the message is its own; null = all are.</summary>
    public static HostedPlugin? NotAsked(this PluginOrigin? origin) => origin is { Transforms: PublishTransforms.OfOthers } ? origin.Publisher as HostedPlugin : null;
}
