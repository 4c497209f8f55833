using System.Text.RegularExpressions;

namespace Amqtt.Architecture.Tests;

/// <summary>What docs/client.md prints is what samples/ClientTour compiles.</summary>
public sealed partial class ClientPageRules
{
    [Fact]
    public void Every_snippet_of_the_client_page_is_a_part_of_the_sample()
    {
        var folder = Path.Combine(Repository.Root, "samples", "ClientTour");
        var sample = string.Join('\n', Directory.EnumerateFiles(folder, "*.cs").Select(file => Unindented(File.ReadAllText(file))));
        var snippets = Snippet().Matches(Repository.Read("docs/client.md")).Select(match => match.Groups["code"].Value).ToArray();
        Assert.True(snippets.Length >= 5, $"{snippets.Length} snippets");
        Assert.All(snippets, snippet => Assert.Contains(Unindented(snippet), sample, StringComparison.Ordinal));
    }

    private static string Unindented(string code) => string.Join('\n', code.Split('\n').Select(line => line.Trim()));

    [GeneratedRegex("```csharp\n(?<code>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Snippet();
}
