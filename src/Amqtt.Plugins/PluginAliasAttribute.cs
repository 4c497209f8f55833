namespace Amqtt.Plugins;

/// <summary>Another name by which a configuration may select the plugin, for example a short one or one it had before.</summary>
/// <param name="alias">The name; compared exactly.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class PluginAliasAttribute(string alias) : Attribute
{
    /// <summary>The name.</summary>
    public string Alias { get; } = alias;
}
