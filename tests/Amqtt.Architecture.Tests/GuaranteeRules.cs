using System.Text.RegularExpressions;

namespace Amqtt.Architecture.Tests;

/// <summary>
/// <c>docs/plugins/guarantees.md</c> names, for each requirement of the plugin framework, tests that exist and measurements that are committed.
/// </summary>
public sealed partial class GuaranteeRules
{
    private const string Page = "docs/plugins/guarantees.md";
    private const int Requirements = 30;

    private static readonly Lazy<Dictionary<string, HashSet<string>>> Tests = new(FindTests);

    public static TheoryData<string> Rows => [.. RowsOf(Repository.Read(Page)).Select(static row => row.Id)];

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_guarantee_is_shown_by_what_exists(string id)
    {
        var shown = RowsOf(Repository.Read(Page)).Single(row => row.Id == id).Shown;
        var tests = Test().Matches(shown);
        var files = Link().Matches(shown);
        Assert.True(tests.Count + files.Count > 0, $"{id} names neither a test nor a measurement");
        foreach (Match test in tests)
        {
            Assert.True(Tests.Value.TryGetValue(test.Groups["class"].Value, out var methods), $"{id}: there is no test class {test.Groups["class"].Value}");
            var method = test.Groups["method"].Value;
            Assert.True(method == "*" || methods!.Contains(method), $"{id}: {test.Groups["class"].Value} has no test {method}");
        }

        foreach (Match file in files)
            Assert.True(File.Exists(Path.Combine(Repository.Root, "docs", "plugins", file.Groups["path"].Value)), $"{id}: {file.Groups["path"].Value} does not exist");
    }

    [Fact]
    public void Every_requirement_has_a_row()
    {
        int[] numbers = [.. RowsOf(Repository.Read(Page)).Select(static row => int.Parse(row.Id["PF-".Length..]))];
        Assert.Equal(Enumerable.Range(1, Requirements), numbers);
    }

    private static IEnumerable<(string Id, string Shown)> RowsOf(string page) =>
        Row().Matches(page).Select(static match => (match.Groups["id"].Value, match.Groups["shown"].Value));

    private static Dictionary<string, HashSet<string>> FindTests()
    {
        var tests = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories))
        {
            if (!tests.TryGetValue(Path.GetFileNameWithoutExtension(file), out var methods)) tests.Add(Path.GetFileNameWithoutExtension(file), methods = new(StringComparer.Ordinal));
            foreach (Match method in Method().Matches(File.ReadAllText(file))) methods.Add(method.Groups["name"].Value);
        }

        return tests;
    }

    [GeneratedRegex(@"^\| (?<id>PF-\d+) \| [^|]+ \| (?<shown>[^\n]+) \|$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Row();

    [GeneratedRegex(@"`(?<class>\w+)\.(?<method>\w+|\*)`", RegexOptions.ExplicitCapture)]
    private static partial Regex Test();

    [GeneratedRegex(@"\]\((?<path>[^)]+)\)", RegexOptions.ExplicitCapture)]
    private static partial Regex Link();

    [GeneratedRegex(@"public (async Task|void|Task) (?<name>\w+)\(", RegexOptions.ExplicitCapture)]
    private static partial Regex Method();
}
