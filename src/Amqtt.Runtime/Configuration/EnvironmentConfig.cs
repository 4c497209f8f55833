using Amqtt.Runtime.Configuration.Binding;

namespace Amqtt.Runtime.Configuration;

/// <summary>
/// Lays environment variables over a configuration. <c>AMQTT_LISTENERS__DEFAULT__BIND=0.0.0.0:1883</c> is the key <c>listeners.default.bind</c>: levels are separated by two
/// underscores, letters are of any case, and names that the user chose are matched without case or, where there is none, taken in small letters.
/// A value is text as in YAML without quotes; one that starts with <c>[</c>, <c>{</c> or a quote is YAML; an empty one is no value.
/// </summary>
public static class EnvironmentConfig
{
    /// <summary>What all names begin with.</summary>
    public const string Prefix = "AMQTT_";

    private const string Separator = "__";

    // Kubernetes sets those in every container beside a service that is called amqtt.
    private static readonly string[] OfOrchestrators = ["service_host", "service_port", "port"];

    /// <summary>Lays variables over a tree; messages about their values name the variable.</summary>
    /// <param name="root">The configuration they count above; null for none.</param>
    /// <param name="variables">Names and values; those without the prefix are passed over.</param>
    /// <param name="topLevel">The keys of the top level.</param>
    /// <param name="errors">
    /// Receives what is wrong. A variable with one level that is like no key is passed over with a warning, because programs around the broker may have variables of their own.
    /// </param>
    public static ConfigMapping Over(ConfigMapping? root, IEnumerable<KeyValuePair<string, string>> variables, IReadOnlyCollection<string> topLevel, ConfigErrors errors)
    {
        ArgumentNullException.ThrowIfNull(variables);
        ArgumentNullException.ThrowIfNull(topLevel);
        ArgumentNullException.ThrowIfNull(errors);
        var result = root ?? new ConfigMapping(ConfigLocation.None, []);
        var mentioned = Substitution.VariablesOf(result);
        // Outer keys first, whatever order they come in: what is more exact counts.
        foreach (var (name, value) in variables.Where(pair => pair.Key.StartsWith(Prefix, StringComparison.Ordinal)).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            var place = new ConfigLocation($"${name}", 0, 0);
            var path = name[Prefix.Length..].ToLowerInvariant().Split(Separator);
            if (Array.Exists(path, string.IsNullOrEmpty))
            {
                errors.Add(place, $"the name has an empty level; expected levels of keys separated by '{Separator}'");
                continue;
            }

            if (path is [var only] && Nearest.Find(only, topLevel) is null)
            {
                if (!mentioned.Contains(name) && !IsOfOrchestrator(only)) errors.Warn(place, PassedOver(only, topLevel));
                continue;
            }

            result = (ConfigMapping)Set(result, path, Value(value, place, errors), place);
        }

        return result;
    }

    private static bool IsOfOrchestrator(string name) =>
        Array.Exists(OfOrchestrators, start => name.StartsWith(start, StringComparison.Ordinal) && (name.Length == start.Length || name[start.Length] == '_'));

    private static string PassedOver(string name, IEnumerable<string> topLevel)
    {
        var section = topLevel.Select(KeyNames.Snake).FirstOrDefault(key => name.StartsWith(key + "_", StringComparison.Ordinal));
        var meant = section is null
            ? $"if it is meant for the broker, separate the levels of the key by '{Separator}', as in {Prefix}LISTENERS__DEFAULT__BIND"
            : $"did you mean '{Prefix}{section.ToUpperInvariant()}{Separator}{name[(section.Length + 1)..].ToUpperInvariant()}'? Levels are separated by '{Separator}'";
        return $"no key is like '{name}', so this variable is passed over; {meant}";
    }

    private static ConfigNode Value(string value, ConfigLocation place, ConfigErrors errors)
    {
        if (value.Length == 0) return ConfigScalar.Null(place);
        if (value[0] is not ('[' or '{' or '"' or '\'')) return new ConfigScalar(place, value, isPlain: true);
        return YamlConfig.Parse(value, place.File, errors) ?? new ConfigScalar(place, "", isPlain: true) { IsBroken = true };
    }

    private static ConfigNode Set(ConfigNode? node, ReadOnlySpan<string> path, ConfigNode value, ConfigLocation place)
    {
        if (path.IsEmpty) return value;
        if (node is ConfigSequence list) return new ConfigSequence(list.Location, SetItem(list, path, value, place));
        List<ConfigEntry> entries = [.. (node as ConfigMapping)?.Entries ?? []];
        var name = path[0];
        var index = entries.FindIndex(entry => KeyNames.Same(entry.Key.Text, name));
        var entry = new ConfigEntry(index < 0 ? new ConfigScalar(place, name, isPlain: true) : entries[index].Key, Set(index < 0 ? null : entries[index].Value, path[1..], value, place));
        if (index < 0) entries.Add(entry);
        else entries[index] = entry;
        return new ConfigMapping(node?.Location ?? place, entries);
    }

    // A list of names and one-key mappings, as plugins may be written.
    private static List<ConfigNode> SetItem(ConfigSequence list, ReadOnlySpan<string> path, ConfigNode value, ConfigLocation place)
    {
        List<ConfigNode> items = [.. list.Items];
        var name = path[0];
        var index = items.FindIndex(item => KeyNames.Same(NameOf(item) ?? "", name));
        var old = index < 0 ? null : items[index];
        var key = index < 0 ? new ConfigScalar(place, name, isPlain: true) : new ConfigScalar(old!.Location, NameOf(old)!, isPlain: true);
        var item = new ConfigMapping(key.Location, [new(key, Set((old as ConfigMapping)?.Entries[0].Value, path[1..], value, place))]);
        if (index < 0) items.Add(item);
        else items[index] = item;
        return items;
    }

    private static string? NameOf(ConfigNode item) => item switch
    {
        ConfigScalar name => name.Text,
        ConfigMapping { Entries: [var only] } => only.Key.Text,
        _ => null,
    };
}
