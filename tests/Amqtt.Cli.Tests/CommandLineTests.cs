namespace Amqtt.Cli.Tests;

public sealed class CommandLineTests
{
    [Fact]
    public async Task P_H1_version_is_printed_with_exit_0()
    {
        var (code, output, error) = await AmqttProcess.RunAsync("--version");

        Assert.Equal(0, code);
        Assert.Matches(@"\A\d+\.\d+\.\d+\S*\n\z", output);
        Assert.Empty(error);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("config", "--help")]
    [InlineData("config", "check", "--help")]
    [InlineData("config", "show", "--help")]
    public async Task P_H1_every_command_has_help(params string[] arguments)
    {
        var (code, output, error) = await AmqttProcess.RunAsync(arguments);

        Assert.Equal(0, code);
        Assert.Contains("Usage:", output, StringComparison.Ordinal);
        Assert.Empty(error);
    }

    [Theory]
    [InlineData("--bogus")]
    [InlineData("bogus")]
    [InlineData("config", "check")]
    [InlineData("config", "show", "a", "b")]
    [InlineData("-c")]
    public async Task P_H1_usage_errors_exit_2(params string[] arguments)
    {
        var (code, output, error) = await AmqttProcess.RunAsync(arguments);

        Assert.Equal(2, code);
        Assert.Empty(output);
        Assert.StartsWith("❌ ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pub -t a -m b -q x", "❌ -q x: expected a whole number.\n'amqtt pub --help' lists commands and options.\n")]
    [InlineData("pub -t a -m b --message-expiry -1", "❌ --message-expiry -1: expected a whole number that is not negative.\n'amqtt pub --help' lists commands and options.\n")]
    [InlineData("pub -t a -m b --timeout soon", "❌ --timeout soon: expected a number.\n'amqtt pub --help' lists commands and options.\n")]
    [InlineData("sub -t a --format xml", "❌ --format xml: expected payload, topic, json.\n'amqtt sub --help' lists commands and options.\n")]
    [InlineData("sub -t a -n", "❌ Required argument missing for option: '-n'.\n'amqtt sub --help' lists commands and options.\n")]
    [InlineData("config check", "❌ Required argument 'FILE' missing for command: 'check'.\n'amqtt config check --help' lists commands and options.\n")]
    [InlineData("--bogus", "❌ Unrecognized command or argument '--bogus'.\n'amqtt --help' lists commands and options.\n")]
    public async Task P_H1_a_usage_error_says_what_was_expected_and_where_that_is_written(string arguments, string expected)
    {
        var error = new StringWriter { NewLine = "\n" };

        Assert.Equal(2, await CommandLine.RunAsync(arguments.Split(' '), TextWriter.Null, error));
        Assert.Equal(expected, error.ToString());
    }
}
