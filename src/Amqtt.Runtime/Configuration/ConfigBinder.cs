using Amqtt.Runtime.Configuration.Binding;

namespace Amqtt.Runtime.Configuration;

/// <summary>
/// Makes typed options of a configuration: strictly, reporting every mistake with its place and full key path, and printing no secret.
/// Keys are equal in snake_case, kebab-case, camelCase and PascalCase; the keys of dictionaries are the user's own and stay as they are.
/// </summary>
public static class ConfigBinder
{
    /// <summary>Binds a node to a new instance of a type.</summary>
    /// <param name="type">What is wanted: a class with settable properties, or any of the simple types of plugin-framework.md section 5.</param>
    /// <param name="node">The value; null or an empty one binds a class to its defaults.</param>
    /// <param name="errors">Receives what is wrong.</param>
    /// <param name="keyPath">Where the node is in the configuration (<c>plugins.Acme.Hello</c>): the start of the key paths in messages.</param>
    /// <returns>The instance, or null if <paramref name="errors"/> received an error.</returns>
    public static object? Bind(Type type, ConfigNode? node, ConfigErrors errors, string keyPath) => TryBind(type, node, errors, keyPath, out var value) ? value : null;

    /// <summary>Binds a node to a new instance of a type and hands it out even if something was wrong, for checks that need the whole.</summary>
    /// <param name="type">As in <see cref="Bind"/>.</param>
    /// <param name="node">As in <see cref="Bind"/>.</param>
    /// <param name="errors">Receives what is wrong.</param>
    /// <param name="keyPath">As in <see cref="Bind"/>.</param>
    /// <param name="value">What could be bound; what could not has its default. Null if there is no instance at all.</param>
    /// <returns>True if nothing was wrong.</returns>
    public static bool TryBind(Type type, ConfigNode? node, ConfigErrors errors, string keyPath, out object? value)
    {
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(errors);
        ArgumentNullException.ThrowIfNull(keyPath);
        return new NodeBinder(errors).TryBind(node ?? ConfigScalar.Null(ConfigLocation.None), new BindTarget(type, keyPath), out value);
    }

    /// <summary>Checks options that were made by code as if they had been bound: the ranges of all values, also in nested classes.</summary>
    /// <param name="options">An instance of a class that could be bound.</param>
    /// <param name="errors">Receives what is wrong.</param>
    /// <param name="keyPath">The start of the key paths in messages; may be empty.</param>
    public static void Validate(object options, ConfigErrors errors, string keyPath)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(errors);
        ArgumentNullException.ThrowIfNull(keyPath);
        var described = new OptionsDescription(redact: false).Of(options);
        TryBind(options.GetType(), described, errors, keyPath, out _);
    }
}
