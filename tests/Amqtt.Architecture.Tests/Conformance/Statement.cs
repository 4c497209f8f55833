using System.Text.RegularExpressions;

namespace Amqtt.Architecture.Tests.Conformance;

/// <summary>One statement of a standard: its number, whom it binds, and what it says in our own words.</summary>
internal sealed partial record Statement(string Number, string Binds, string Text)
{
    private const string Folder = "tests/Amqtt.Broker.Tests/Conformance/";

    /// <summary>Whether a broker has something to do for it. The sender or receiver of a packet may be either side.</summary>
    public bool BindsServer => Binds != "C";

    /// <summary>Every statement, in the order of the standards.</summary>
    public static IReadOnlyList<Statement> All() =>
        [.. Lines("statements.txt").Select(static line => Line().Match(line)).Select(static m => new Statement(m.Groups["number"].Value, m.Groups["binds"].Value, m.Groups["text"].Value))];

    /// <summary>Statements that no test shows yet, or that ask nothing of this broker, with the reason.</summary>
    public static IReadOnlyDictionary<string, string> NotShown() =>
        Lines("not-shown.txt").ToDictionary(static line => line[..line.IndexOf(' ', StringComparison.Ordinal)], static line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..], StringComparer.Ordinal);

    /// <summary>Takes statements off the list of those that no test shows.</summary>
    public static void ForgetNotShown(Predicate<string> isShown)
    {
        var kept = Repository.Read(Folder + "not-shown.txt").Split('\n').Where(line => !isShown(line.Split(' ')[0]));
        File.WriteAllText(Path.Combine(Repository.Root, Folder, "not-shown.txt"), string.Join('\n', kept));
    }

    private static IEnumerable<string> Lines(string file) => Repository.Read(Folder + file).Split('\n').Where(static line => line.Length > 0 && line[0] != '#');

    [GeneratedRegex(@"^(?<number>\S+) (?<binds>S|C|SC|Snd|Rcv) (?<text>.+)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Line();
}
