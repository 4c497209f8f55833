using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <summary>The plugins that observe one kind of event, in configuration order. Immutable.</summary>
/// <typeparam name="TEvent">The event.</typeparam>
internal sealed class Observers<TEvent>(Lane[] lanes)
    where TEvent : PluginEvent
{
    /// <summary>Nobody observes: do not build the event.</summary>
    public bool IsEmpty => lanes.Length == 0;

    /// <summary>Puts the event on each observer's lane. Never blocks, never throws; from any thread.</summary>
    /// <param name="e">The event. Events of one client must be raised in order.</param>
    public void Raise(TEvent e)
    {
        foreach (var lane in lanes) lane.Post(e);
    }
}
