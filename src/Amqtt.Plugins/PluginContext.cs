using System.Collections.ObjectModel;
using Microsoft.Extensions.Logging;

namespace Amqtt.Plugins;

/// <summary>What the host offers a plugin of a broker or a client. Every member may be used from any thread and inside any hook.</summary>
public abstract class PluginContext
{
    private protected PluginContext()
    {
    }

    /// <summary>The plugin's name in logs, counters and listings: the <c>$id</c> of its configuration, or else its class name.</summary>
    public abstract string PluginId { get; }

    /// <summary>The plugin's logger; category <c>amqtt.broker.plugins.Class</c>, in a client <c>amqtt.client.plugins.Class</c>.</summary>
    public abstract ILogger Logger { get; }

    /// <summary>The host's clock and timers. Tests drive it.</summary>
    public abstract TimeProvider Time { get; }

    /// <summary>Cancelled when the plugin is about to be disposed.</summary>
    public abstract CancellationToken Stopping { get; }

    /// <summary>
    /// The whole configuration, for a plugin that an older section activated (<see cref="PluginEntryPointAttribute"/>); empty for every other, which gets its <c>Config</c>.
    /// Mappings are dictionaries, lists are lists, everything else is text or null; keys are as they are written.
    /// </summary>
    public virtual IReadOnlyDictionary<string, object?> Configuration => ReadOnlyDictionary<string, object?>.Empty;

    /// <summary>Registers what to do when the host's log levels may have changed: a plugin that disables hooks because of a level decides again.</summary>
    /// <param name="decide">Called on any thread; must not block.</param>
    public abstract void OnLogLevelsChanged(Action decide);

    /// <summary>
    /// Switches off observing hooks that the class overrides, as if it did not: nothing is built or queued for them any more.
    /// Events that already wait on the lane are still delivered.
    /// </summary>
    /// <param name="hooks">Observing hooks.</param>
    /// <exception cref="ArgumentException">A hook that decides or is awaited: a plugin cannot withdraw from those.</exception>
    public abstract void Disable(params ReadOnlySpan<Hook> hooks);

    /// <summary>Switches hooks on again that <see cref="Disable"/> switched off.</summary>
    /// <param name="hooks">Observing hooks.</param>
    /// <exception cref="ArgumentException">A hook that decides or is awaited.</exception>
    public abstract void Enable(params ReadOnlySpan<Hook> hooks);

    /// <summary>
    /// Runs work in the background on the thread pool. It is cancelled through its token and awaited before the plugin is disposed;
    /// an exception is logged with the plugin's name.
    /// </summary>
    /// <param name="work">The work; its token is cancelled when the plugin stops.</param>
    public abstract void Run(Func<CancellationToken, Task> work);

    /// <summary>
    /// Runs work periodically until the plugin stops; the first time after one period. Runs never overlap. An exception is logged
    /// and the next period starts as usual.
    /// </summary>
    /// <param name="period">Time from start to start; at least one millisecond.</param>
    /// <param name="work">The work; its token is cancelled when the plugin stops.</param>
    public abstract void Every(TimeSpan period, Func<CancellationToken, ValueTask> work);
}
