using System.Collections;
using System.Collections.ObjectModel;
using System.Globalization;
using Amqtt.Runtime.Configuration.Binding;

namespace Amqtt.Runtime.Configuration;

/// <summary>Makes a <see cref="ConfigNode"/> tree of nested dictionaries, for configurations that an embedding program builds in memory.</summary>
public static class ConfigTree
{
    /// <summary>
    /// A tree of dictionaries with text keys, lists, and values: text, numbers, booleans, durations, bytes. Text counts as written without quotes in YAML,
    /// so that a dictionary that holds nothing but strings binds as the same YAML does; null is an empty value.
    /// </summary>
    /// <param name="values">The top-level keys and values.</param>
    /// <exception cref="ArgumentException">A key or value is of a kind that no configuration has.</exception>
    public static ConfigMapping FromDictionary(IEnumerable<KeyValuePair<string, object?>> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new(ConfigLocation.None, [.. values.Select(pair => Entry(pair.Key, pair.Value))]);
    }

    /// <summary>The tree from which equal options would be bound: every key in snake_case with its effective value, secrets as <c>***</c>.</summary>
    /// <param name="options">An instance of a class that the binder could bind.</param>
    public static ConfigMapping Describe(object options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new OptionsDescription(redact: true).Of(options);
    }

    /// <summary>The reverse of <see cref="FromDictionary"/>, with text for every value that is neither a mapping nor a list.</summary>
    internal static IReadOnlyDictionary<string, object?> ToDictionary(ConfigMapping? mapping) =>
        mapping is null ? ReadOnlyDictionary<string, object?>.Empty : mapping.Entries.ToDictionary(entry => entry.Key.Text, entry => ToObject(entry.Value), StringComparer.Ordinal);

    private static object? ToObject(ConfigNode node) => node switch
    {
        ConfigMapping mapping => ToDictionary(mapping),
        ConfigSequence list => list.Items.Select(ToObject).ToList(),
        ConfigScalar { IsNull: false } scalar => scalar.Text,
        _ => null,
    };

    private static ConfigEntry Entry(string key, object? value) => new(new(ConfigLocation.None, key, isPlain: true), Node(value, key));

    private static ConfigNode Node(object? value, string keyPath) => value switch
    {
        null => ConfigScalar.Null(ConfigLocation.None),
        ConfigNode node => node,
        string text => Scalar(text),
        bool flag => Scalar(flag ? "true" : "false"),
        TimeSpan duration => Scalar(DurationText.Format(duration)),
        Enum name => Scalar(name.ToString()),
        byte[] bytes => new ConfigScalar(ConfigLocation.None, "", isPlain: false) { Bytes = bytes },
        IDictionary dictionary => new ConfigMapping(ConfigLocation.None, [.. Pairs(dictionary, keyPath).Select(pair => Entry(pair.Key, pair.Value))]),
        IEnumerable<KeyValuePair<string, object?>> pairs => FromDictionary(pairs),
        IEnumerable list => new ConfigSequence(ConfigLocation.None, [.. list.Cast<object?>().Select(item => Node(item, keyPath))]),
        IFormattable number => Scalar(number.ToString(format: null, CultureInfo.InvariantCulture)),
        _ => throw new ArgumentException($"{keyPath}: a {value.GetType().Name} cannot be part of a configuration; expected a text, a number, a dictionary or a list.", nameof(value)),
    };

    private static IEnumerable<KeyValuePair<string, object?>> Pairs(IDictionary dictionary, string keyPath)
    {
        foreach (DictionaryEntry pair in dictionary)
        {
            yield return pair.Key is string key
                ? new(key, pair.Value)
                : throw new ArgumentException($"{keyPath}: the key '{pair.Key}' is a {pair.Key.GetType().Name}; expected a text.", nameof(dictionary));
        }
    }

    private static ConfigScalar Scalar(string text) => new(ConfigLocation.None, text, isPlain: true);
}
