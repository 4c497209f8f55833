using System.Text.RegularExpressions;

namespace Amqtt.Architecture.Tests.Conformance;

/// <summary>
/// Which tests carry a <c>[Statement]</c>, read from the sources so that all test projects count without being built here. A skipped test shows nothing.
/// </summary>
internal static partial class ShownStatements
{
    /// <summary>Tests by statement.</summary>
    public static ILookup<string, string> Read() => All().ToLookup(static shown => shown.Number, static shown => shown.Test, StringComparer.Ordinal);

    private static IEnumerable<(string Number, string Test)> All() =>
        from file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*Tests*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        where !file.Replace('\\', '/').Contains("/obj/", StringComparison.Ordinal)
        from Match test in Test().Matches(File.ReadAllText(file))
        let attributes = test.Groups["attributes"].Value
        where Runs().IsMatch(attributes) && !attributes.Contains("Skip =", StringComparison.Ordinal)
        from Match statements in Attribute().Matches(attributes)
        from Match number in Text().Matches(statements.Groups["numbers"].Value)
        select (number.Groups["text"].Value, $"{Path.GetFileNameWithoutExtension(file)}.{test.Groups["name"].Value}");

    [GeneratedRegex(@"(?<attributes>(^[ \t]+\[.*\][ \t]*\r?\n)+)[ \t]+public (static )?(async )?(Task|ValueTask|void) (?<name>\w+)\(", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Test();

    [GeneratedRegex(@"\b(Fact|Theory)\b", RegexOptions.ExplicitCapture)]
    private static partial Regex Runs();

    [GeneratedRegex(@"\bStatement\((?<numbers>[^)]*)\)", RegexOptions.ExplicitCapture)]
    private static partial Regex Attribute();

    [GeneratedRegex("\"(?<text>[^\"]+)\"", RegexOptions.ExplicitCapture)]
    private static partial Regex Text();
}
