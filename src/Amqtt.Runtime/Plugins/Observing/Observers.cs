using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <summary>The plugins that observe one kind of event, in configuration order. Immutable.</summary>
/// <typeparam name="TEvent">The event.</typeparam>
internal readonly struct Observers<TEvent>
    where TEvent : PluginEvent
{
    // Null: nobody. It is asked for several times a message, so that every step to the answer counts.
    private readonly Observer[]? _observers;

    public Observers(params Observer[] observers)
    {
        if (observers.Length > 0) _observers = observers;
    }

    /// <summary>Nobody observes: do not build the event.</summary>
    public bool IsEmpty => _observers is null;

    /// <summary>Whether somebody observes what has this scope: if not, do not build the event.</summary>
    public bool Applies(ulong scope)
    {
        foreach (var observer in _observers ?? [])
        {
            if ((observer.Scope & scope) != 0) return true;
        }

        return false;
    }

    /// <summary>Puts the event on each observer's lane. Never blocks, never throws; from any thread.</summary>
    /// <param name="e">The event. Events of one client must be raised in order.</param>
    /// <param name="scope">Who is to see it; see <see cref="PluginScopes"/>.</param>
    public void Raise(TEvent e, ulong scope = PluginScopes.All)
    {
        foreach (var observer in _observers ?? [])
        {
            if ((observer.Scope & scope) != 0) observer.Lane.Post(e);
        }
    }
}

/// <summary>A plugin that observes.</summary>
/// <param name="Lane">Where its events go.</param>
/// <param name="Scope">What it wants to see; see <see cref="PluginScopes"/>.</param>
internal readonly record struct Observer(Lane Lane, ulong Scope = PluginScopes.Unscoped);
