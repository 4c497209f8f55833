using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Amqtt.Cli.Tests;

/// <summary>PF-27: <c>amqtt dev hello.cs</c> shows what is saved, without dropping anybody.</summary>
public sealed partial class DevCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task PF_27_a_save_is_swapped_in_a_mistake_is_reported_and_the_broker_goes_on()
    {
        var source = _folder.Write("hello.cs", Saying("first"));
        await using var amqtt = AmqttProcess.Start("dev", source, "-c", _folder.Write("broker.yaml", "listeners: {default: {bind: '127.0.0.1:0'}}\nplugins: {anonymous: , Hello: {name: world}}\n"));
        await amqtt.LineAsync(line => line.EndsWith("first world", StringComparison.Ordinal));
        await amqtt.LineAsync(line => line.StartsWith("✅ hello.cs is in", StringComparison.Ordinal));

        _folder.Write("hello.cs", Saying("second"));
        await amqtt.LineAsync(line => line.EndsWith("second world", StringComparison.Ordinal));

        _folder.Write("hello.cs", Saying("third").Replace("logger.LogInformation", "logger.LogInformatoin", StringComparison.Ordinal));
        await amqtt.LineAsync(line => line.StartsWith($"❌ {source}:", StringComparison.Ordinal) && line.Contains("CS1061", StringComparison.Ordinal));

        _folder.Write("hello.cs", Saying("fourth"));
        await amqtt.LineAsync(line => line.EndsWith("fourth world", StringComparison.Ordinal));

        amqtt.Signal(PosixSignal.SIGTERM);
        Assert.Equal(0, await amqtt.ExitAsync());
        Assert.Single(Listening().Matches(amqtt.Output));
    }

    [Fact]
    public async Task A_save_of_the_configuration_counts_as_well()
    {
        var source = _folder.Write("hello.cs", Saying("hello"));
        var file = _folder.Write("broker.yaml", "listeners: {default: {bind: '127.0.0.1:0'}}\nplugins: {anonymous: , Hello: {nam: world}}\n");
        await using var amqtt = AmqttProcess.Start("dev", source, "-c", file);
        await amqtt.LineAsync(line => line.Contains("did you mean 'name'?", StringComparison.Ordinal));

        _folder.Write("broker.yaml", "listeners: {default: {bind: '127.0.0.1:0'}}\nplugins: {anonymous: , Hello: {name: world}}\n");
        await amqtt.LineAsync(line => line.EndsWith("hello world", StringComparison.Ordinal));
        amqtt.Signal(PosixSignal.SIGTERM);
        Assert.Equal(0, await amqtt.ExitAsync());
    }

    [Fact]
    public async Task Who_gives_no_options_is_told_where_they_stand()
    {
        await using var amqtt = AmqttProcess.Start(["dev", _folder.Write("hello.cs", Saying("hello"))], new() { ["AMQTT_LISTENERS__DEFAULT__BIND"] = "127.0.0.1:0" });
        await amqtt.LineAsync(line => line.EndsWith("name: this key is missing; expected a text", StringComparison.Ordinal));
        await amqtt.LineAsync(line => line.EndsWith("in a configuration file: amqtt dev hello.cs -c broker.yaml", StringComparison.Ordinal));
        amqtt.Signal(PosixSignal.SIGTERM);
        Assert.Equal(0, await amqtt.ExitAsync());
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_an_error()
    {
        var (code, _, error) = await AmqttProcess.RunAsync("dev", Path.Combine(Path.GetTempPath(), "no-such-plugin.cs"));

        Assert.Equal(1, code);
        Assert.StartsWith("❌ there is no file ", error, StringComparison.Ordinal);
    }

    private static string Saying(string word) => $$"""
        using Amqtt.Plugins;
        using Microsoft.Extensions.Logging;

        public sealed class Hello(Hello.Config config, ILogger<Hello> logger) : BrokerPlugin
        {
            public sealed class Config { public required string Name { get; init; } }

            public override ValueTask OnBrokerPostStartAsync(CancellationToken cancel)
            {
                logger.LogInformation("{{word}} {Name}", config.Name);
                return default;
            }
        }
        """;

    [GeneratedRegex("listener 'default'")]
    private static partial Regex Listening();
}
