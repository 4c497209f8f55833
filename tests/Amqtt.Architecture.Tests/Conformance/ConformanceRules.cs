using System.Text;

namespace Amqtt.Architecture.Tests.Conformance;

/// <summary>
/// <c>docs/conformance.md</c> says for every statement which test shows it. It is generated from the tests:
/// <c>AMQTT_CONFORMANCE=write dotnet test --project tests/Amqtt.Architecture.Tests --filter-class '*ConformanceRules'</c>.
/// </summary>
public sealed class ConformanceRules
{
    private const string Page = "docs/conformance.md";
    private const string Command = "AMQTT_CONFORMANCE=write dotnet test --project tests/Amqtt.Architecture.Tests --filter-class '*ConformanceRules'";

    private static readonly (string Prefix, string Title)[] Parts =
    [
        ("MQTT-", "MQTT 5.0"),
        ("prose:", "MQTT 5.0, rules without a number"),
        ("v4:", "MQTT 3.1.1"),
        ("v3:", "MQTT 3.1, where it differs"),
    ];

    private static readonly bool IsWriting = Environment.GetEnvironmentVariable("AMQTT_CONFORMANCE") == "write";

    private readonly IReadOnlyList<Statement> _statements = Statement.All();
    private readonly ILookup<string, string> _tests = ShownStatements.Read();
    private readonly IReadOnlyDictionary<string, string> _notShown;

    public ConformanceRules()
    {
        if (IsWriting) Statement.ForgetNotShown(_tests.Contains);
        _notShown = Statement.NotShown();
    }

    [Fact]
    public void Every_statement_that_binds_a_server_has_a_test_or_is_listed_as_not_shown()
    {
        var missing = _statements.Where(s => s.BindsServer && !_tests.Contains(s.Number) && !_notShown.ContainsKey(s.Number)).Select(static s => s.Number);
        Assert.Empty(missing);
    }

    [Fact]
    public void What_is_listed_as_not_shown_has_no_test() => Assert.DoesNotContain(_notShown.Keys, _tests.Contains);

    [Fact]
    public void Tests_name_statements_that_exist() =>
        Assert.Empty(_tests.Select(static shown => shown.Key).Concat(_notShown.Keys).Except(_statements.Select(static s => s.Number), StringComparer.Ordinal));

    [Fact]
    public void Statements_are_listed_once() => Assert.Distinct(_statements.Select(static s => s.Number));

    [Fact]
    public void The_page_is_up_to_date()
    {
        string page = Generate();
        if (IsWriting) File.WriteAllText(Path.Combine(Repository.Root, Page), page);
        Assert.True(Repository.Read(Page) == page, $"{Page} does not say what the tests show. Write it anew with: {Command}");
    }

    private string Generate()
    {
        var page = new StringBuilder($"""
            # Conformance

            Every statement of MQTT 5.0, 3.1.1 and 3.1, and the tests that show it. Generated from the tests' `[Statement]` attributes; do not edit, but run
            `{Command}`.
            CI runs every test named here and fails when one does not pass, when this page is out of date, or when a statement that binds a server has neither a test nor a
            reason under [Not shown](#not-shown).

            The second column says whom a statement binds: S the server, C the client, SC both, Snd and Rcv the sender and the receiver of a packet, whichever
            side that is. The statements are summed up in our own words; the number leads to the text that counts,
            [MQTT 5.0](https://docs.oasis-open.org/mqtt/mqtt/v5.0/mqtt-v5.0.html) or [MQTT 3.1.1](https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/mqtt-v3.1.1.html).


            """.ReplaceLineEndings("\n"));
        foreach (var (prefix, title) in Parts)
        {
            page.Append($"## {title}\n\n| Statement | Binds | In short | Shown by | Result |\n|---|---|---|---|---|\n");
            foreach (var statement in _statements.Where(s => s.Number.StartsWith(prefix, StringComparison.Ordinal))) page.Append(Row(statement, prefix));
            page.Append('\n');
        }

        page.Append("## Not shown\n\n");
        foreach (var statement in _statements.Where(s => _notShown.ContainsKey(s.Number))) page.Append($"- {statement.Number}: {_notShown[statement.Number]}\n");
        return page.ToString();
    }

    private string Row(Statement statement, string prefix)
    {
        string number = prefix == "MQTT-" ? statement.Number : statement.Number[prefix.Length..];
        var tests = _tests[statement.Number].Distinct(StringComparer.Ordinal).Select(static test => $"`{test}`").ToArray();
        var (shownBy, result) = (tests, statement.BindsServer) switch
        {
            ({ Length: > 0 }, _) => (string.Join("<br>", tests), "passes"),
            (_, false) => ("the client's duty", ""),
            _ => ("", "[not shown](#not-shown)"),
        };
        return $"| {number} | {statement.Binds} | {statement.Text.Replace("|", "\\|", StringComparison.Ordinal)} | {shownBy} | {result} |\n";
    }
}
