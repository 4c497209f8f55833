using Amqtt.Runtime.Configuration;

namespace Amqtt.Runtime.Plugins;

/// <summary>Reads the <c>plugins</c> section in all its forms, which are equal in effect; the order of the file is the order of the plugins.</summary>
internal static class PluginSection
{
    public static IEnumerable<PluginRegistration> Read(ConfigNode section, ConfigErrors errors) => section switch
    {
        { IsNull: true } => Empty(section, errors),
        ConfigScalar { IsBroken: true } => [],
        ConfigMapping map => map.Entries.Select(Of),
        ConfigSequence list => list.Items.SelectMany((item, index) => ReadItem(item, index, errors)),
        _ => Wrong(section, "plugins", errors),
    };

    private static IEnumerable<PluginRegistration> ReadItem(ConfigNode item, int index, ConfigErrors errors) => item switch
    {
        ConfigScalar { IsNull: false, Text.Length: > 0 } name => [new(name.Text, name.Location) { Options = ConfigScalar.Null(name.Location) }],
        ConfigMapping { Entries: [var only] } => [Of(only)],
        _ => Wrong(item, $"plugins[{index}]", errors),
    };

    private static PluginRegistration Of(ConfigEntry entry) => new(entry.Key.Text, entry.Key.Location) { Options = entry.Value };

    private static IEnumerable<PluginRegistration> Empty(ConfigNode section, ConfigErrors errors)
    {
        errors.Warn(section.Location, "plugins: the section is empty, so there are no plugins and every client is refused; write 'plugins: []' if that is wanted");
        return [];
    }

    private static IEnumerable<PluginRegistration> Wrong(ConfigNode node, string keyPath, ConfigErrors errors)
    {
        var expected = keyPath == "plugins"
            ? "a map from plugin names to options, or a list of names and one-entry maps"
            : "a plugin name, or a map with one entry: the plugin name and its options";
        var found = node is ConfigMapping map ? $"one with {map.Entries.Count}" : node.Kind;
        errors.Add(node.Location, $"{keyPath}: expected {expected}, but found {found}");
        return [];
    }
}
