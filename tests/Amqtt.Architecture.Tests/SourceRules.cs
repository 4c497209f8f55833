using System.Text.RegularExpressions;

namespace Amqtt.Architecture.Tests;

/// <summary>House rules that no analyzer knows.</summary>
public sealed partial class SourceRules
{
    private const int MaxLines = 400;

    [Fact]
    public void Unsafe_code_lives_in_the_transport_only() =>
        Assert.All(FilesWith(UnsafeKeyword()), file => Assert.StartsWith("src/Amqtt.Broker/Transport/", file, StringComparison.Ordinal));

    [Fact]
    public void Nobody_sleeps() => Assert.Empty(FilesWith(ThreadSleep()));

    [Fact]
    public void Nobody_polls_by_yielding() => Assert.Equal(["src/Amqtt.Cli/Commands/Clients/Bench/Pace.cs"], FilesWith(TaskYield())); // for what is due before a timer could be

    [Fact]
    public void Nobody_writes_async_void() => Assert.Empty(FilesWith(AsyncVoid()));

    [Fact]
    public void No_two_log_lines_of_a_file_have_one_number() =>
        Assert.All(Repository.ProductFiles(), static file =>
        {
            string[] numbers = [.. LogNumber().Matches(Repository.Read(file)).Select(static match => match.Groups["number"].Value)];
            Assert.Equal(numbers.Distinct(StringComparer.Ordinal), numbers);
        });

    [Fact]
    public void No_file_is_longer_than_the_house_rule_allows() =>
        Assert.DoesNotContain(Repository.ProductFiles(), file => Repository.Read(file).AsSpan().Count('\n') > MaxLines);

    [Fact]
    public void There_is_something_to_look_at() => Assert.NotEmpty(Repository.ProductFiles());

    private static IEnumerable<string> FilesWith(Regex code) =>
        Repository.ProductFiles().Where(file => code.IsMatch(NotCode().Replace(Repository.Read(file), " ")));

    // Comments and strings may talk about what code may not do.
    [GeneratedRegex("""//[^\n]*|/\*.*?\*/|""" + "\"\"\"" + """.*?""" + "\"\"\"" + """|@"(?:[^"]|"")*"|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'""", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex NotCode();

    [GeneratedRegex(@"\bunsafe\b")]
    private static partial Regex UnsafeKeyword();

    [GeneratedRegex(@"\bThread\s*\.\s*Sleep\b")]
    private static partial Regex ThreadSleep();

    [GeneratedRegex(@"\bTask\s*\.\s*Yield\b")]
    private static partial Regex TaskYield();

    [GeneratedRegex(@"\[LoggerMessage\((EventId = )?(?<number>\d+)", RegexOptions.ExplicitCapture)]
    private static partial Regex LogNumber();

    [GeneratedRegex(@"\basync\s+void\b")]
    private static partial Regex AsyncVoid();
}
