using Amqtt.Cli.Logging;
using Amqtt.Plugins;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Amqtt.Cli.Tests;

public sealed class LogLineTests
{
    private static readonly FakeTimeProvider Time = new(new DateTimeOffset(2026, 11, 24, 10, 5, 6, 78, TimeSpan.Zero));

    private static readonly int Beyond = 100;

    [Theory]
    [InlineData(LogLevel.Debug, "DEBUG")]
    [InlineData(LogLevel.Information, "INFO")]
    [InlineData(LogLevel.Warning, "WARNING")]
    [InlineData(LogLevel.Error, "ERROR")]
    [InlineData(LogLevel.Critical, "CRITICAL")]
    public void P_H1_lines_have_time_level_and_message(LogLevel level, string name) =>
        Assert.Equal($"[2026-11-24 10:05:06.078] :: {name} - hello\n", new LogLineFormat(showCategory: false, Time).Line(level, "amqtt.broker", "hello", exception: null));

    [Fact]
    public void P_H1_debug_shows_the_logger() =>
        Assert.Equal("[2026-11-24 10:05:06.078] :: INFO - amqtt.broker: hello\n", new LogLineFormat(showCategory: true, Time).Line(LogLevel.Information, "amqtt.broker", "hello", exception: null));

    [Fact]
    public void Text_from_the_network_can_neither_forge_a_line_nor_reach_the_terminal()
    {
        var line = new LogLineFormat(showCategory: false, Time).Line(LogLevel.Information, "x", "id '\r\n[2026] :: INFO - forged\u001b[31m\0\u202e'", exception: null);

        Assert.Equal(@"[2026-11-24 10:05:06.078] :: INFO - id '\r\n[2026] :: INFO - forged\u001b[31m\u0000\u202e'" + "\n", line);
    }

    [Fact]
    public void An_exception_is_named_and_traced_only_for_developers()
    {
        var exception = Assert.Throws<InvalidOperationException>(Fail);

        var plain = new LogLineFormat(showCategory: false, Time).Line(LogLevel.Error, "x", "failed", exception);
        var traced = new LogLineFormat(showCategory: true, Time).Line(LogLevel.Error, "x", "failed", exception);

        Assert.EndsWith(" - failed\n    InvalidOperationException: broken\\u001b\n    here\n", plain, StringComparison.Ordinal);
        Assert.Contains("   at Amqtt.Cli.Tests.LogLineTests", traced, StringComparison.Ordinal);
    }

    [Fact]
    public void An_exception_of_a_plugin_says_where_its_code_was()
    {
        var exception = Assert.Throws<ArgumentOutOfRangeException>(() => _ = "short"[Beyond..]);

        var plugin = new LogLineFormat(showCategory: false, Time).Line(LogLevel.Error, "amqtt.broker.plugins", "failed", exception).TrimEnd('\n').Split('\n');
        var broker = new LogLineFormat(showCategory: false, Time).Line(LogLevel.Error, "amqtt.broker", "failed", exception);

        Assert.StartsWith("    at Amqtt.Cli.Tests.LogLineTests.", plugin[^1], StringComparison.Ordinal);
        var contract = Assert.Throws<ArgumentException>(() => new TopicPermission("a/#/b"));
        Assert.Contains("    at Amqtt.Cli.Tests.LogLineTests.", new LogLineFormat(showCategory: false, Time).Line(LogLevel.Error, "amqtt.broker.plugins.X", "failed", contract), StringComparison.Ordinal);
        Assert.DoesNotContain("    at ", broker, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Requests_of_plugins_are_logged_only_for_developers(bool debug)
    {
        using var provider = new ConsoleLoggerProvider(TextWriter.Null, showCategory: debug, Time);
        using var loggers = BrokerLoggers.Create(provider, debug);

        Assert.Equal(debug, loggers.CreateLogger("System.Net.Http.HttpClient.Default.LogicalHandler").IsEnabled(LogLevel.Information));
        Assert.True(loggers.CreateLogger("amqtt.broker").IsEnabled(LogLevel.Information));
    }

    [Fact]
    public void Lines_arrive_in_order_and_all_of_them_before_the_end()
    {
        var output = new StringWriter();
        using (var provider = new ConsoleLoggerProvider(output, showCategory: false, Time))
        {
            var logger = provider.CreateLogger("x");
            for (var i = 0; i < 1000; i++)
                logger.LogInformation("line {Number}", i);
        }

        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"line {i}"), output.ToString().TrimEnd('\n').Split('\n').Select(line => line[(line.IndexOf(" - ", StringComparison.Ordinal) + 3)..]));
    }

    [Fact]
    public async Task A_disk_that_is_full_costs_lines_and_says_how_many()
    {
        var output = new FullDisk();
        using (var provider = new ConsoleLoggerProvider(output, showCategory: false, Time))
        {
            provider.Write("lost\n");
            await output.Refused.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            output.HasRoom = true;
            provider.Write("kept\n");
        }

        Assert.StartsWith("kept\n", output.ToString(), StringComparison.Ordinal);
        Assert.Contains(" - 1 log lines were dropped", output.ToString(), StringComparison.Ordinal);
    }

    private sealed class FullDisk : StringWriter
    {
        public volatile bool HasRoom;

        public TaskCompletionSource Refused { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void Write(string? value)
        {
            if (HasRoom)
            {
                base.Write(value);
                return;
            }

            Refused.TrySetResult();
            throw new IOException("No space left on device");
        }
    }

    private static void Fail() => throw new InvalidOperationException("broken\u001b\nhere");
}
