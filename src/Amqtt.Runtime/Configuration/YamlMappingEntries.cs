namespace Amqtt.Runtime.Configuration;

/// <summary>The entries of one mapping while it is read: a key that comes twice counts as last written, and the mapping's own keys go before merged ones.</summary>
internal sealed class YamlMappingEntries(ConfigErrors errors)
{
    private readonly OrderedDictionary<string, ConfigEntry> _entries = new(StringComparer.Ordinal);

    public void Add(ConfigScalar key, ConfigNode value)
    {
        if (_entries.TryGetValue(key.Text, out var earlier) && !earlier.IsMerged)
            errors.Warn(key.Location, $"the key '{key.Text}' was already set in line {earlier.Key.Location.Line}; this one counts");
        _entries.Remove(key.Text);
        _entries.Add(key.Text, new(key, value));
    }

    // https://yaml.org/type/merge.html: keys of the mapping itself win wherever they stand; of several merged mappings the first that has a key does.
    public void Merge(ConfigNode value)
    {
        switch (value)
        {
            case ConfigMapping mapping:
                foreach (var entry in mapping.Entries)
                    _entries.TryAdd(entry.Key.Text, entry with { IsMerged = true });
                break;
            case ConfigSequence list when list.Items.All(item => item is ConfigMapping):
                foreach (var item in list.Items)
                    Merge(item);
                break;
            case ConfigScalar { IsBroken: true }:
                break;
            default:
                errors.Add(value.Location, $"{value.Kind} cannot be merged; expected an alias of a mapping, or a list of such aliases, after '<<'");
                break;
        }
    }

    public IReadOnlyList<ConfigEntry> ToList() => [.. _entries.Values];
}
