namespace Amqtt.Plugins;

/// <summary>The program published a message; see <see cref="ClientPlugin.OnPublishAsync"/>.</summary>
public sealed class PublishEvent : PluginEvent
{
    /// <summary>The message.</summary>
    public required ApplicationMessage Message { get; init; }

    internal override Hook Hook => Hook.ClientPublish;

    internal override bool MayBeDropped => true;

    internal override ValueTask DeliverAsync(BasePlugin plugin, CancellationToken cancel) => ((ClientPlugin)plugin).OnPublishAsync(this, cancel);
}

/// <summary>A message arrived at the client; see <see cref="ClientPlugin.OnMessageAsync"/>.</summary>
public sealed class MessageEvent : PluginEvent
{
    /// <summary>The message.</summary>
    public required ApplicationMessage Message { get; init; }

    internal override Hook Hook => Hook.ClientMessage;

    internal override bool MayBeDropped => true;

    internal override ValueTask DeliverAsync(BasePlugin plugin, CancellationToken cancel) => ((ClientPlugin)plugin).OnMessageAsync(this, cancel);
}
