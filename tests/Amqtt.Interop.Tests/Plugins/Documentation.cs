using System.Text.RegularExpressions;

namespace Amqtt.Interop.Tests.Plugins;

/// <summary>The code blocks of our own pages, so that what a reader copies is what was tested.</summary>
internal static partial class Documentation
{
    /// <summary>The first block of a language under a heading.</summary>
    public static string Block(string page, string heading, string language)
    {
        var text = File.ReadAllText(Path.Combine(Build.Root, page));
        var start = text.IndexOf("\n## " + heading + "\n", StringComparison.Ordinal);
        if (start < 0)
            start = text.IndexOf("# " + heading + "\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"{page} has no heading '{heading}'.");
        return Blocks().Matches(text, start).First(block => block.Groups["language"].Value == language).Groups["code"].Value;
    }

    [GeneratedRegex("^```(?<language>[a-z]+)\n(?<code>.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Blocks();
}
