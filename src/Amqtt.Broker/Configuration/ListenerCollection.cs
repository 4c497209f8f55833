using Amqtt.Broker.Listeners;

namespace Amqtt.Broker.Configuration;

/// <summary>The listeners of a broker by name, in order. A configuration has to have one with the name <c>default</c>, from which all others inherit.</summary>
public sealed class ListenerCollection : OrderedDictionary<string, ListenerOptions>
{
    /// <summary>The name of the listener that all others inherit from.</summary>
    public const string DefaultName = "default";

    private readonly Dictionary<ListenerType, Func<ListenerContext, ValueTask<IListenerProtocol>>> _types = [];

    /// <summary>No listeners yet. Names are compared exactly.</summary>
    public ListenerCollection()
        : base(StringComparer.Ordinal)
    {
    }

    /// <summary>Adds what listeners of a type speak below MQTT, from another package; a second call for the same type replaces the first.</summary>
    /// <param name="type">The type as <c>type</c> in the configuration names it: <c>ws</c>.</param>
    /// <param name="factory">Makes the protocol of one listener; called by every start of the broker before anything is accepted. The broker disposes it.</param>
    /// <exception cref="ArgumentException">There is no such type, or the broker serves it by itself.</exception>
    public ListenerCollection AddType(string type, Func<ListenerContext, ValueTask<IListenerProtocol>> factory)
    {
        ArgumentNullException.ThrowIfNull(factory);
        if (!Enum.TryParse(type, ignoreCase: true, out ListenerType parsed) || !NeedsProtocol(parsed))
            throw new ArgumentException($"'{type}' is not a type of listener that another package serves; expected ws", nameof(type));
        _types[parsed] = factory;
        return this;
    }

    /// <summary>Whether a listener type is served with the help of another package.</summary>
    internal static bool NeedsProtocol(ListenerType type) => type == ListenerType.Ws;

    /// <summary>What listeners of a type speak below MQTT; null if nobody has said so.</summary>
    internal Func<ListenerContext, ValueTask<IListenerProtocol>>? FindType(ListenerType type) => _types.GetValueOrDefault(type);
}
