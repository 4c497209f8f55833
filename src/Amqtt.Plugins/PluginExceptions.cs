using Amqtt.Protocol;

namespace Amqtt.Plugins;

/// <summary>A plugin could not be found, loaded, constructed or started. The message names the plugin path.</summary>
public abstract class PluginException : AmqttException
{
    private protected PluginException(string pluginPath, string problem, Exception? cause)
        : base($"Plugin '{pluginPath}': {problem}", cause)
    {
        PluginPath = pluginPath;
        Problem = problem;
    }

    /// <summary>The plugin as the configuration names it.</summary>
    public string PluginPath { get; }

    /// <summary>What is wrong, without the plugin path.</summary>
    public string Problem { get; }
}

/// <summary>The path or class of a plugin is unknown or ambiguous.</summary>
/// <param name="pluginPath">The plugin as the configuration names it.</param>
/// <param name="problem">What is wrong.</param>
/// <param name="cause">The cause, if an exception was.</param>
public sealed class PluginImportException(string pluginPath, string problem, Exception? cause = null) : PluginException(pluginPath, problem, cause);

/// <summary>The class was found but is no plugin that this host can use, or its options are wrong.</summary>
/// <param name="pluginPath">The plugin as the configuration names it.</param>
/// <param name="problem">What is wrong.</param>
/// <param name="cause">The cause, if an exception was.</param>
public sealed class PluginLoadException(string pluginPath, string problem, Exception? cause = null) : PluginException(pluginPath, problem, cause);

/// <summary>The plugin's constructor or one of its start hooks failed.</summary>
/// <param name="pluginPath">The plugin as the configuration names it.</param>
/// <param name="problem">What is wrong.</param>
/// <param name="cause">What the plugin threw.</param>
public sealed class PluginInitException(string pluginPath, string problem, Exception? cause = null) : PluginException(pluginPath, problem, cause);

/// <summary>A method has the name of a hook, but not its shape, so it would never be called.</summary>
/// <param name="pluginPath">The plugin as the configuration names it.</param>
/// <param name="problem">What is wrong.</param>
public sealed class PluginSignatureException(string pluginPath, string problem) : PluginException(pluginPath, problem, null);

/// <summary>A hook that somebody waits for threw, or took too long.</summary>
/// <param name="pluginPath">The plugin as the configuration names it.</param>
/// <param name="problem">What is wrong.</param>
/// <param name="cause">What the plugin threw.</param>
public sealed class PluginFaultException(string pluginPath, string problem, Exception? cause = null) : PluginException(pluginPath, problem, cause);
