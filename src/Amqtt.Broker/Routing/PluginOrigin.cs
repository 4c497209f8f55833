using Amqtt.Plugins;

namespace Amqtt.Broker.Routing;

/// <summary>That a plugin or the embedding program published a message, and how. One object for all messages that the same publisher publishes alike.</summary>
/// <param name="Publisher">Who; compared by reference.</param>
/// <param name="BypassesFilters">No topic plugin is asked about receivers.</param>
/// <param name="Transforms">Whose transforms see it.</param>
internal sealed record PluginOrigin(object Publisher, bool BypassesFilters, PublishTransforms Transforms);
