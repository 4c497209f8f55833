using System.Collections;
using Amqtt.Plugins;
using Amqtt.Runtime.Configuration;

namespace Amqtt.Runtime.Plugins;

/// <summary>The plugins that are to run, in the order in which they are asked. A name, class or instance may occur more than once.</summary>
public sealed class PluginCollection : IReadOnlyCollection<PluginRegistration>
{
    private readonly List<PluginRegistration> _registrations = [];

    /// <summary>How many there are.</summary>
    public int Count => _registrations.Count;

    /// <summary>Adds a plugin by class.</summary>
    /// <typeparam name="TPlugin">The class.</typeparam>
    /// <param name="config">An instance of its nested class <c>Config</c>; null means the defaults.</param>
    /// <param name="settings">What it is called, how long it may take, what it is asked about; null means the defaults.</param>
    public PluginCollection Add<TPlugin>(object? config = null, PluginSettings? settings = null)
        where TPlugin : BasePlugin
        => Add(new PluginRegistration(typeof(TPlugin).FullName!) { Type = typeof(TPlugin), Config = config, Settings = settings });

    /// <summary>Adds a plugin by class with the options of a configuration.</summary>
    internal PluginCollection AddConfigured(Type type, ConfigNode? options) => Add(new PluginRegistration(type.FullName!, options?.Location ?? default) { Type = type, Options = options });

    /// <summary>Adds a plugin that the program made. It is disposed with the host, so it serves for one start of a broker.</summary>
    /// <param name="instance">The plugin.</param>
    /// <param name="settings">What it is called, how long it may take, what it is asked about; null means the defaults.</param>
    public PluginCollection Add(BasePlugin instance, PluginSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(instance);
        return Add(new PluginRegistration(instance.GetType().FullName!) { Type = instance.GetType(), Instance = instance, Settings = settings });
    }

    /// <summary>Adds a plugin by name, as a configuration file does.</summary>
    /// <param name="path">A class name, an alias, or <c>path/to/My.dll#Acme.MyPlugin</c>.</param>
    /// <param name="options">Its options; null means the defaults.</param>
    public PluginCollection Add(string path, ConfigNode? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Add(new PluginRegistration(path, options?.Location ?? default) { Options = options });
    }

    /// <summary>Adds the plugins that a <c>plugins</c> section lists: a map, a list of names, a list of one-key maps, or a mixture.</summary>
    /// <param name="section">The section.</param>
    /// <param name="errors">Receives what is wrong with its form.</param>
    public PluginCollection Add(ConfigNode section, ConfigErrors errors)
    {
        ArgumentNullException.ThrowIfNull(section);
        ArgumentNullException.ThrowIfNull(errors);
        foreach (var registration in PluginSection.Read(section, errors)) Add(registration);
        return this;
    }

    /// <summary>Removes all.</summary>
    public void Clear() => _registrations.Clear();

    /// <inheritdoc/>
    public IEnumerator<PluginRegistration> GetEnumerator() => _registrations.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Adds a registration.</summary>
    internal PluginCollection Add(PluginRegistration registration)
    {
        _registrations.Add(registration);
        return this;
    }
}
