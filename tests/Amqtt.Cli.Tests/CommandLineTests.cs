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
}
