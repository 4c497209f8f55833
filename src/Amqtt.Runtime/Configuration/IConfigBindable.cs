namespace Amqtt.Runtime.Configuration;

/// <summary>A type that reads itself from a configuration, because its form there is not that of a class, a list or a simple value.</summary>
/// <typeparam name="TSelf">The type itself.</typeparam>
public interface IConfigBindable<TSelf> : IConfigValue
    where TSelf : class, IConfigBindable<TSelf>
{
    /// <summary>Reads an instance.</summary>
    /// <param name="node">The value; never an empty one.</param>
    /// <param name="errors">Receives what is wrong.</param>
    /// <param name="keyPath">Full key path of the value, for messages.</param>
    /// <returns>The instance, or null if <paramref name="errors"/> received an error.</returns>
    static abstract TSelf? Bind(ConfigNode node, ConfigErrors errors, string keyPath);
}

/// <summary>A value that knows its form in a configuration.</summary>
public interface IConfigValue
{
    /// <summary>The form from which the same value would be read.</summary>
    ConfigNode ToConfig();
}
