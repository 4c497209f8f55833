namespace Amqtt.Broker.Configuration;

/// <summary>The listeners of a broker by name, in order. A configuration has to have one with the name <c>default</c>, from which all others inherit.</summary>
public sealed class ListenerCollection : OrderedDictionary<string, ListenerOptions>
{
    /// <summary>The name of the listener that all others inherit from.</summary>
    public const string DefaultName = "default";

    /// <summary>No listeners yet. Names are compared exactly.</summary>
    public ListenerCollection()
        : base(StringComparer.Ordinal)
    {
    }
}
