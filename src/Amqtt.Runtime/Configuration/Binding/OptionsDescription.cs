using System.Collections;
using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using Amqtt.Plugins;

namespace Amqtt.Runtime.Configuration.Binding;

/// <summary>Turns options back into the configuration from which equal ones would be bound: every key, with its effective value.</summary>
/// <param name="redact">Show <c>***</c> in place of secrets.</param>
internal sealed class OptionsDescription(bool redact)
{
    /// <summary>The mapping of an options class.</summary>
    public ConfigMapping Of(object options) => Of(options, _ => true);

    private ConfigMapping Of(object options, Predicate<string> includes) => new(ConfigLocation.None, [.. ClassMembers.Of(options.GetType()).All
        .Where(member => includes(member.Property.Name) && !member.Property.IsDefined(typeof(BoundSeparatelyAttribute)))
        .Select(member => new ConfigEntry(Plain(member.Key), Value(member.Property.GetValue(options), member.Property)))]);

    private ConfigNode Value(object? value, PropertyInfo? property) => value switch
    {
        null => ConfigScalar.Null(ConfigLocation.None),
        _ when property?.GetCustomAttribute<UnlimitedAttribute>() is { } unlimited && UnlimitedValue.Is(value) =>
            unlimited.Null ? ConfigScalar.Null(ConfigLocation.None) : Plain(UnlimitedValue.Word),
        _ when property?.IsDefined(typeof(SizeAttribute)) is true => Plain(SizeText.Format(Convert.ToInt64(value, CultureInfo.InvariantCulture))),
        IKnowsWhatIsSet some when property?.IsDefined(typeof(OnlyWhatIsSetAttribute)) is true => Of(value, some.IsSet),
        _ => Value(value),
    };

    private ConfigNode Value(object value) => value switch
    {
        IConfigValue itself => itself.ToConfig(),
        Secret secret => Text(redact ? secret.ToString() : secret.Reveal()),
        string text => Text(text),
        bool flag => Plain(flag ? "true" : "false"),
        TimeSpan duration => Plain(DurationText.Format(duration)),
        Enum name => Plain(KeyNames.Snake(name.ToString())),
        byte[] bytes => new ConfigScalar(ConfigLocation.None, "", isPlain: false) { Bytes = bytes },
        sbyte or byte or short or ushort or int or uint or long or ulong or float or double or decimal => Plain(Convert.ToString(value, CultureInfo.InvariantCulture)!),
        Uri uri => Text(uri.OriginalString),
        Regex pattern => Text(pattern.ToString()),
        FileSystemInfo path => Text(path.FullName),
        DnsEndPoint endpoint => Text($"{endpoint.Host}:{endpoint.Port}"),
        EndPoint endpoint => Text(endpoint.ToString()!),
        IDictionary dictionary => new ConfigMapping(ConfigLocation.None, [.. Entries(dictionary)]),
        IEnumerable list => new ConfigSequence(ConfigLocation.None, [.. list.Cast<object?>().Select(item => Value(item, property: null))]),
        _ when ScalarTypes.Find(value.GetType()) is not null => Text(Convert.ToString(value, CultureInfo.InvariantCulture)!),
        _ => Of(value),
    };

    // Only this enumeration yields DictionaryEntry whatever the class of the dictionary.
    private IEnumerable<ConfigEntry> Entries(IDictionary dictionary)
    {
        foreach (DictionaryEntry pair in dictionary)
            yield return new(Plain((string)pair.Key), Value(pair.Value, property: null));
    }

    private static ConfigScalar Plain(string text) => new(ConfigLocation.None, text, isPlain: true);

    private static ConfigScalar Text(string text) => new(ConfigLocation.None, text, isPlain: false);
}
