namespace Amqtt.Plugins;

/// <summary>Something that happened and that plugins observe. Events are read-only and the plugin's to keep.</summary>
public abstract class PluginEvent
{
    private protected PluginEvent()
    {
    }

    /// <summary>The hook that observes it.</summary>
    internal abstract Hook Hook { get; }

    /// <summary>Whether a plugin that cannot keep up loses it: packets and messages come in floods, changes of clients and sessions do not.</summary>
    internal virtual bool MayBeDropped => false;

    /// <summary>Calls the hook. The host never sends an event to a plugin without that hook, hence the casts.</summary>
    internal abstract ValueTask DeliverAsync(BasePlugin plugin, CancellationToken cancel);
}
