namespace Amqtt.Runtime.Configuration;

/// <summary>A value of a configuration with the place it was written at: a mapping, a sequence or a scalar. Immutable.</summary>
public abstract class ConfigNode
{
    private protected ConfigNode(ConfigLocation location) => Location = location;

    /// <summary>Where the value starts.</summary>
    public ConfigLocation Location { get; }

    /// <summary>True for a value that was left empty or written as <c>null</c> or <c>~</c>.</summary>
    public virtual bool IsNull => false;

    /// <summary>What this is, in the words of an error message: "a mapping", "a list", "a text".</summary>
    internal abstract string Kind { get; }
}

/// <summary>A mapping of keys to values, in the order of the file. Merge keys are resolved and each key occurs once.</summary>
/// <param name="location">Where the mapping starts.</param>
/// <param name="entries">The entries, in order.</param>
public sealed class ConfigMapping(ConfigLocation location, IReadOnlyList<ConfigEntry> entries) : ConfigNode(location)
{
    /// <summary>The entries, in the order of the file.</summary>
    public IReadOnlyList<ConfigEntry> Entries { get; } = entries;

    internal override string Kind => "a mapping";

    /// <summary>The entries split in two mappings at the same place: those that match and the rest. How reserved keys (<c>$timeout</c>) are told from options.</summary>
    /// <param name="match">Decides by the key's text.</param>
    public (ConfigMapping Matching, ConfigMapping Others) Split(Predicate<string> match)
    {
        ArgumentNullException.ThrowIfNull(match);
        var groups = Entries.ToLookup(entry => match(entry.Key.Text));
        return (new(Location, [.. groups[true]]), new(Location, [.. groups[false]]));
    }
}

/// <summary>One key and its value.</summary>
/// <param name="Key">The key as written.</param>
/// <param name="Value">The value; an empty one is a scalar whose <see cref="ConfigNode.IsNull"/> is true.</param>
public sealed record ConfigEntry(ConfigScalar Key, ConfigNode Value)
{
    /// <summary>It came through a merge key (<c>&lt;&lt;</c>): an entry of the mapping itself, in any spelling, replaces it.</summary>
    internal bool IsMerged { get; init; }
}

/// <summary>A list of values.</summary>
/// <param name="location">Where the list starts.</param>
/// <param name="items">The elements, in order.</param>
public sealed class ConfigSequence(ConfigLocation location, IReadOnlyList<ConfigNode> items) : ConfigNode(location)
{
    /// <summary>The elements, in the order of the file.</summary>
    public IReadOnlyList<ConfigNode> Items { get; } = items;

    internal override string Kind => "a list";
}
