using System.Text.RegularExpressions;

namespace Amqtt.Architecture.Tests;

/// <summary>What <c>docs/hosting.md</c> shows is what the samples do, so that it compiles and runs.</summary>
public sealed partial class HostingPageRules
{
    [Theory]
    [InlineData("csharp", "*.cs")]
    [InlineData("json", "*.json")]
    public void Its_code_is_that_of_the_samples(string language, string files)
    {
        var samples = Directory.EnumerateFiles(Path.Combine(Repository.Root, "samples"), files, SearchOption.AllDirectories)
            .Where(static file => !file.Replace('\\', '/').Contains("/obj/", StringComparison.Ordinal) && !file.Replace('\\', '/').Contains("/bin/", StringComparison.Ordinal))
            .Select(File.ReadAllText)
            .ToList();
        var blocks = Block().Matches(Repository.Read("docs/hosting.md")).Where(block => block.Groups["language"].Value == language).Select(static block => block.Groups["code"].Value).ToList();

        Assert.NotEmpty(blocks);
        Assert.All(blocks, block => Assert.Contains(samples, sample => sample.Contains(block, StringComparison.Ordinal)));
    }

    [GeneratedRegex(@"^```(?<language>\w+)\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Block();
}
