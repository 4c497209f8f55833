using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Amqtt.Broker.Configuration;
using Amqtt.Broker.Diagnostics;
using Amqtt.Plugins;
using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Configuration.Binding;

namespace Amqtt.Broker.Tests.Limits;

/// <summary>docs/limits.md says what the broker does: the keys, their defaults, where they count, and the labels they are counted under.</summary>
public sealed partial class LimitsPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../../docs/limits.md"));

    private static readonly Dictionary<string, string> OfTheMachine = new(StringComparer.Ordinal)
    {
        ["max_memory"] = "75%",
        ["max_connections"] = "the file descriptors less 20 %, or, below 2000 of them, less 192 and a ninth of the rest",
    };

    [Fact]
    public void Every_limit_is_there_with_its_default()
    {
        string[] expected = [.. YamlText.Write(ConfigTree.Describe(new LimitOptions())).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split(": ")).Select(
            static pair => $"{pair[0]}: {OfTheMachine.GetValueOrDefault(pair[0], pair[1])}")];
        Assert.Equal(expected, Rows().Select(static row => $"{row[0].Trim('`')}: {row[1]}"));
    }

    [Fact]
    public void It_says_what_a_listener_can_set_and_what_can_be_switched_off()
    {
        foreach (string[] row in Rows())
        {
            var property = typeof(LimitOptions).GetProperties().Single(p => KeyNames.Snake(p.Name) == row[0].Trim('`'));
            Assert.Equal((row[0], property.IsDefined(typeof(BrokerWideAttribute), inherit: false) ? "" : "yes"), (row[0], row[3]));
            Assert.Equal((row[0], property.IsDefined(typeof(UnlimitedAttribute), inherit: false) ? "off" : ""), (row[0], row[2]));
        }
    }

    [Fact]
    public void Every_reason_is_there_and_no_other()
    {
        var named = new HashSet<string>(StringComparer.Ordinal);
        foreach (string[] row in Rows())
        {
            foreach (Match label in Label().Matches(row[5]))
            {
                if (label.Groups["dropped"].Success) Assert.Contains(label.Groups["name"].Value, Enum.GetNames<DropReason>().Select(KeyNames.Snake));
                else named.Add(label.Groups["name"].Value);
            }
        }

        foreach (Match label in Label().Matches(Page[Page.IndexOf("All other values", StringComparison.Ordinal)..]))
        {
            if (label.Groups["name"].Value != "reason") Assert.True(named.Add(label.Groups["name"].Value), label.Value);
        }

        Assert.Equal(Refusals.Labels.Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
        Assert.InRange(Refusals.Labels.Count, 25, int.MaxValue);
    }

    private static IEnumerable<string[]> Rows() =>
        Page.Split('\n').Where(static line => line.StartsWith("| `", StringComparison.Ordinal)).Select(static line => line.Split('|')[1..^1].Select(static cell => cell.Trim()).ToArray());

    [GeneratedRegex("(?<dropped>dropped )?`(?<name>[a-z0-9_]+)`")]
    private static partial Regex Label();

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
