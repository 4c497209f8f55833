using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Amqtt.Plugins;
using Amqtt.Protocol;

namespace Amqtt.Runtime.Configuration.Binding;

/// <summary>The simple types of plugin-framework.md section 5.</summary>
internal static class ScalarTypes
{
    // A configured pattern runs on text from the network: it must not be able to run for ever.
    private static readonly TimeSpan RegexTimeout = TimeSpan.FromSeconds(1);

    private static readonly FrozenDictionary<Type, ScalarType> Table = new Dictionary<Type, ScalarType>
    {
        [typeof(string)] = new("a text", ReadText),
        [typeof(bool)] = new("true or false (also yes or no, on or off)", ReadBool),
        [typeof(byte)] = Whole(byte.MinValue, byte.MaxValue, v => (byte)v),
        [typeof(sbyte)] = Whole(sbyte.MinValue, sbyte.MaxValue, v => (sbyte)v),
        [typeof(short)] = Whole(short.MinValue, short.MaxValue, v => (short)v),
        [typeof(ushort)] = Whole(ushort.MinValue, ushort.MaxValue, v => (ushort)v),
        [typeof(int)] = Whole(int.MinValue, int.MaxValue, v => (int)v),
        [typeof(uint)] = Whole(uint.MinValue, uint.MaxValue, v => (uint)v),
        [typeof(long)] = Whole(long.MinValue, long.MaxValue, v => (long)v),
        [typeof(ulong)] = Whole(ulong.MinValue, ulong.MaxValue, v => (ulong)v),
        [typeof(float)] = new("a number", (s, t) => NumberReader.Real(s, t, v => (float)v)) { IsNumeric = true },
        [typeof(double)] = new("a number", (s, t) => NumberReader.Real(s, t, v => v)) { IsNumeric = true },
        [typeof(decimal)] = new("a number", NumberReader.Exact) { IsNumeric = true },
        [typeof(TimeSpan)] = new("a duration such as 5s or 1m30s (a number counts as seconds)", DurationReader.Read) { IsNumeric = true },
        [typeof(Uri)] = new("an address such as https://host/path", ReadUri),
        [typeof(Regex)] = new("a regular expression", ReadRegex),
        [typeof(Secret)] = new("a text", (s, _) => Reading.Ok(new Secret(s.Text))),
        [typeof(byte[])] = new("a text or !!binary", (s, _) => Reading.Ok(s.Bytes ?? Encoding.UTF8.GetBytes(s.Text))),
        [typeof(FileInfo)] = new("a path", (s, _) => Reading.Ok(new FileInfo(ConfigPaths.Resolve(s.Text, s.Location)))),
        [typeof(DirectoryInfo)] = new("a path", (s, _) => Reading.Ok(new DirectoryInfo(ConfigPaths.Resolve(s.Text, s.Location)))),
        [typeof(EndPoint)] = new("an endpoint such as host:1883", EndpointReader.Any),
        [typeof(DnsEndPoint)] = new("an endpoint such as host:1883", EndpointReader.Dns),
        [typeof(QoS)] = QosReader.Type,
        [typeof(IPEndPoint)] = new("an endpoint such as 127.0.0.1:1883 or [::1]:1883", EndpointReader.Ip),
    }.ToFrozenDictionary();

    private static readonly MethodInfo ParsableMethod = typeof(ScalarTypes).GetMethod(nameof(Parsable), BindingFlags.NonPublic | BindingFlags.Static)!;

    /// <summary>How a type is read, or null if it is not a simple one.</summary>
    public static ScalarType? Find(Type type)
    {
        if (Table.TryGetValue(type, out var known))
            return known;
        if (type.IsEnum)
            return EnumReader.For(type);
        var parsable = Array.Exists(type.GetInterfaces(), i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IParsable<>) && i.GenericTypeArguments[0] == type);
        return parsable ? (ScalarType)ParsableMethod.MakeGenericMethod(type).Invoke(null, null)! : null;
    }

    private static ScalarType Whole(Int128 min, Int128 max, Func<Int128, object> convert) =>
        new("a whole number", (s, t) => NumberReader.Whole(s, t, min, max, convert)) { IsNumeric = true };

    // Everything that can parse itself: Guid, IPAddress, DateTimeOffset, a plugin's own types.
    private static ScalarType Parsable<T>()
        where T : IParsable<T>
    {
        var expected = $"a {typeof(T).Name}";
        return new(expected, (s, t) => T.TryParse(s.Text, CultureInfo.InvariantCulture, out var value) ? Reading.Ok(value) : Reading.Failed(t.Expected(expected, s)));
    }

    private static Reading ReadText(ConfigScalar scalar, BindTarget target)
    {
        if (scalar.Bytes is not null)
            return Reading.Failed($"{target.KeyPath}: expected a text, but found !!binary");
        return target.Path is { } path ? PathReader.Read(path, scalar, target) : Reading.Ok(scalar.Text);
    }

    // YAML 1.1's words without its y and n, which nobody means as a boolean.
    private static Reading ReadBool(ConfigScalar scalar, BindTarget target) => (scalar.IsPlain, scalar.Text.ToUpperInvariant()) switch
    {
        (true, "TRUE" or "YES" or "ON") => Reading.Ok(true),
        (true, "FALSE" or "NO" or "OFF") => Reading.Ok(false),
        (false, "TRUE" or "YES" or "ON" or "FALSE" or "NO" or "OFF") => Reading.Failed(target.Expected("true or false", scalar, Expectation.RemoveQuotes)),
        _ => Reading.Failed(target.Expected("true or false (also yes or no, on or off)", scalar)),
    };

    private static Reading ReadUri(ConfigScalar scalar, BindTarget target) =>
        Uri.TryCreate(scalar.Text, UriKind.Absolute, out var uri) && uri.OriginalString.Contains(':', StringComparison.Ordinal)
            ? Reading.Ok(uri)
            : Reading.Failed(target.Expected("an address such as https://host/path", scalar));

    private static Reading ReadRegex(ConfigScalar scalar, BindTarget target)
    {
        try
        {
            return Reading.Ok(new Regex(scalar.Text, RegexOptions.CultureInvariant, RegexTimeout));
        }
        catch (RegexParseException e)
        {
            return Reading.Failed(target.Expected("a regular expression", scalar, $" ({e.Error} at character {e.Offset})"));
        }
    }
}
