namespace Amqtt.Plugins;

/// <summary>
/// Deprecated way to activate a plugin, kept for plugins that were written so: it gives a class a name that the older sections <c>auth: {plugins: [name]}</c> and
/// <c>topic-check: {enabled: true, plugins: [name]}</c> select in a configuration without <c>plugins</c>. Such a plugin reads <see cref="PluginContext.Configuration"/>.
/// New plugins need nothing: they are named under <c>plugins</c>.
/// </summary>
/// <param name="name">The name; compared exactly.</param>
/// <param name="plugin">The class, of the same assembly.</param>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
public sealed class PluginEntryPointAttribute(string name, Type plugin) : Attribute
{
    /// <summary>The name.</summary>
    public string Name { get; } = name;

    /// <summary>The class.</summary>
    public Type Plugin { get; } = plugin;
}
