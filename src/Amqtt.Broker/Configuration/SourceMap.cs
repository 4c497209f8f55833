using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Configuration.Binding;

namespace Amqtt.Broker.Configuration;

/// <summary>Where in the configuration a value was set, for rules that look at the finished options.</summary>
/// <param name="root">The configuration; null if the options were made by code.</param>
internal sealed class SourceMap(ConfigNode? root)
{
    /// <summary>The files that values are taken from (<c>${file:…}</c>), as full paths.</summary>
    public IReadOnlyCollection<string> Files => root is null ? [] : Substitution.FilesOf(root);

    /// <summary>The place of a value or, if it was not set, of the nearest section around it.</summary>
    /// <param name="keyPath">The keys from the top, names as the user wrote them.</param>
    public ConfigLocation Find(params ReadOnlySpan<string> keyPath)
    {
        var node = root;
        var location = ConfigLocation.None;
        foreach (var key in keyPath)
        {
            if (node is not ConfigMapping mapping || Entry(mapping, key) is not { } entry)
                break;
            node = entry.Value;
            location = node is ConfigMapping ? entry.Key.Location : node.Location;
        }

        return location;
    }

    private static ConfigEntry? Entry(ConfigMapping mapping, string key)
    {
        ConfigEntry? sameName = null;
        foreach (var entry in mapping.Entries)
        {
            if (entry.Key.Text == key)
                return entry;
            if (KeyNames.Same(entry.Key.Text, key))
                sameName = entry;
        }

        return sameName;
    }
}
