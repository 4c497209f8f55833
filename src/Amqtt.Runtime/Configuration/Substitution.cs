using System.Text;
using System.Text.RegularExpressions;

namespace Amqtt.Runtime.Configuration;

/// <summary>
/// Replaces <c>${env:NAME}</c>, <c>${env:NAME:-default}</c> and <c>${file:/path}</c> in a scalar. <c>$${env:NAME}</c> stands for the text itself; other uses of
/// <c>$</c> are left alone. What is put in is not searched again.
/// </summary>
internal static partial class Substitution
{
    private const long LargestFile = 1024 * 1024;

    public static ConfigScalar Apply(ConfigLocation location, string text, bool isPlain, ConfigErrors errors)
    {
        if (!text.Contains("${", StringComparison.Ordinal))
            return new(location, text, isPlain);

        var broken = false;
        var replaced = Reference().Replace(text, match =>
        {
            if (match.ValueSpan.StartsWith("$$"))
                return match.Value[1..];
            var value = match.Groups["kind"].ValueSpan is "env" ? Variable(match, location, errors) : Content(match, location, errors);
            broken |= value is null;
            return value ?? "";
        });
        return new(location, replaced, isPlain) { Source = text, IsBroken = broken };
    }

    /// <summary>The text from which <see cref="Apply"/> makes the given one, whatever is in it.</summary>
    public static string Escape(string text) => Reference().Replace(text, match => "$" + match.Value);

    /// <summary>The environment variables that values of a configuration are taken from.</summary>
    public static HashSet<string> VariablesOf(ConfigNode root) =>
        [.. ReferencesIn(root).Where(reference => reference.Match.Groups["kind"].ValueSpan is "env").Select(reference => reference.Match.Groups["name"].Value)];

    /// <summary>The files that values of a configuration are taken from, as full paths.</summary>
    public static HashSet<string> FilesOf(ConfigNode root) =>
        [.. ReferencesIn(root).Where(reference => reference.Match.Groups["kind"].ValueSpan is "file").Select(reference => ConfigPaths.Resolve(reference.Match.Groups["name"].Value, reference.Where))];

    private static IEnumerable<(Match Match, ConfigLocation Where)> ReferencesIn(ConfigNode node) => node switch
    {
        ConfigMapping mapping => mapping.Entries.SelectMany(entry => ReferencesIn(entry.Key).Concat(ReferencesIn(entry.Value))),
        ConfigSequence list => list.Items.SelectMany(ReferencesIn),
        ConfigScalar scalar => Reference().Matches(scalar.Source).Where(match => !match.ValueSpan.StartsWith("$$")).Select(match => (match, scalar.Location)),
        _ => [],
    };

    // As in a shell, `:-` also replaces a variable that is set but empty.
    private static string? Variable(Match match, ConfigLocation location, ConfigErrors errors)
    {
        var name = match.Groups["name"].Value;
        var value = Environment.GetEnvironmentVariable(name);
        var fallback = match.Groups["default"];
        if (fallback.Success && string.IsNullOrEmpty(value))
            return fallback.Value;
        if (value is null)
            errors.Add(location, $"the environment variable '{name}' is not set; set it, or write ${{env:{name}:-default}}");
        return value;
    }

    private static string? Content(Match match, ConfigLocation location, ConfigErrors errors)
    {
        var path = ConfigPaths.Resolve(match.Groups["name"].Value, location);
        try
        {
            if (new FileInfo(path).Length > LargestFile)
            {
                errors.Add(location, $"the file '{path}' is larger than {SizeText.Format(LargestFile)}; expected a file that holds one value");
                return null;
            }

            // Editors and `echo` end a file with a line break that is no part of a password.
            return File.ReadAllText(path, Encoding.UTF8).TrimEnd('\r', '\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errors.Add(location, $"the file '{path}' cannot be read: {e.Message}");
            return null;
        }
    }

    [GeneratedRegex(@"\$?\$\{(?<kind>env|file):(?<name>[^}:]+)(:-(?<default>[^}]*))?\}", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Reference();
}
