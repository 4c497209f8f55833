using System.Reflection;
using Amqtt.Plugins;
using Amqtt.Runtime.Configuration;

namespace Amqtt.Runtime.Plugins;

/// <summary>Makes the options of a plugin: an instance of its nested class <c>Config</c>.</summary>
internal static class PluginConfig
{
    public const string ClassName = "Config";

    /// <summary>The nested class of the plugin or the nearest base class that has one, or null.</summary>
    public static Type? ClassOf(Type plugin)
    {
        for (var type = plugin; type is not null; type = type.BaseType)
        {
            if (type.GetNestedType(ClassName, BindingFlags.Public | BindingFlags.NonPublic) is { } config) return config;
        }

        return null;
    }

    /// <summary>Binds the options, or checks those that the program made. Null for a class without options.</summary>
    public static object? Make(Type plugin, PluginRegistration registration, ConfigNode? options, ConfigErrors errors, string keyPath)
    {
        var wanted = ClassOf(plugin);
        if (registration.Config is { } made)
        {
            if (wanted is not null && wanted.IsInstanceOfType(made)) return made;
            throw new PluginLoadException(registration.Path, $"its options are of class {made.GetType().FullName}, wanted is {wanted?.FullName ?? "none, since it has no nested class Config"}");
        }

        if (wanted is not null) return ConfigBinder.Bind(wanted, options, errors, keyPath);
        if (options is null || options.IsNull) return null;
        if (options is not ConfigMapping map)
        {
            errors.Add(options.Location, $"{keyPath}: {plugin.FullName} has no options");
            return null;
        }

        foreach (var entry in map.Entries) errors.Add(entry.Key.Location, $"{keyPath}.{entry.Key.Text}: unknown key; {plugin.FullName} has no options");
        return null;
    }
}
