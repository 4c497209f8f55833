using System.Runtime.InteropServices;

namespace Amqtt.Cli.Tests;

/// <summary>A plugin that is one source file in the plugin folder, compiled on the spot.</summary>
public sealed class SingleFilePluginTests : IDisposable
{
    private const string Hello =
        """
        using Amqtt.Plugins;
        using Microsoft.Extensions.Logging;

        namespace Acme;

        [PluginAlias("hello")]
        public sealed class Hello(Hello.Config config, ILogger<Hello> logger) : BrokerPlugin
        {
            public sealed class Config { public required string Name { get; init; } }

            public override ValueTask OnBrokerPostStartAsync(CancellationToken cancel)
            {
                logger.LogInformation("hello {Name}", config.Name);
                return default;
            }
        }
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Acme.Hello")]
    [InlineData("hello")]
    [InlineData("plugins/Hello.cs#Acme.Hello")]
    public async Task It_runs_under_class_name_alias_and_path(string name)
    {
        _folder.Write("plugins/Hello.cs", Hello);
        await using var amqtt = AmqttProcess.Start("-c", _folder.Write("broker.yaml", $"listeners: {{default: {{bind: '127.0.0.1:0'}}}}\nplugins: {{anonymous: , {name}: {{name: world}}}}\n"));

        await amqtt.LineAsync(line => line.EndsWith(" - hello world", StringComparison.Ordinal));

        amqtt.Signal(PosixSignal.SIGTERM);
        Assert.Equal(0, await amqtt.ExitAsync());
    }

    [Fact]
    public async Task What_does_not_compile_is_reported_with_file_line_and_column_and_nothing_starts()
    {
        var source = _folder.Write("plugins/Hello.cs", Hello.Replace("logger.LogInformation(", "logger.LogInformatoin(", StringComparison.Ordinal));
        var file = _folder.Write("broker.yaml", "listeners: {default: {bind: '127.0.0.1:0'}}\nplugins: {hello: {name: world}}\n");

        foreach (var command in new[] { ["-c", file], new[] { "config", "check", file } })
        {
            var (code, _, error) = await AmqttProcess.RunAsync(command);

            Assert.Equal(1, code);
            Assert.Collection(
                error.TrimEnd('\n').Split('\n'),
                line => Assert.Equal($"❌ {file}:2:11: plugins.hello: unknown plugin, unless it is in {source}, which does not compile", line),
                line => Assert.StartsWith($"❌ {source}:13:16: CS1061: ", line, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task What_does_not_start_is_reported_with_its_place_in_the_code()
    {
        var source = _folder.Write("plugins/Hello.cs", Hello.Replace("logger.LogInformation(", "throw new InvalidOperationException(", StringComparison.Ordinal).Replace(", config.Name", "", StringComparison.Ordinal));
        var file = _folder.Write("broker.yaml", "listeners: {default: {bind: '127.0.0.1:0'}}\nplugins: {anonymous: , hello: {name: world}}\n");

        var (code, _, error) = await AmqttProcess.RunAsync("-c", file);

        Assert.Equal(1, code);
        Assert.StartsWith($"❌ {file}:2:24: Plugin 'hello': OnBrokerPostStartAsync failed: hello {{Name}} (InvalidOperationException at Acme.Hello.OnBrokerPostStartAsync(", error, StringComparison.Ordinal);
        Assert.Contains($"{source}:line 13", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_does_not_compile_is_a_warning_if_nobody_wants_it()
    {
        _folder.Write("plugins/Hello.cs", Hello);
        var source = _folder.Write("plugins/Half.cs", "namespace Acme;\n\npublic sealed class Half : BrokerPlugin;\n");
        var file = _folder.Write("broker.yaml", "listeners: {default: {bind: '127.0.0.1:0'}}\nplugins: {anonymous: , hello: {name: world}}\n");

        var (code, _, error) = await AmqttProcess.RunAsync("config", "check", file);
        Assert.Equal(0, code);
        Assert.StartsWith($"⚠️ {source}:3:28: the file is skipped, as it does not compile: CS0246: ", error, StringComparison.Ordinal);

        await using var amqtt = AmqttProcess.Start("-c", file);
        await amqtt.LineAsync(line => line.Contains($"{source}:3:28: the file is skipped, as it does not compile: CS0246: ", StringComparison.Ordinal));
        await amqtt.LineAsync(line => line.EndsWith(" - hello world", StringComparison.Ordinal));
        amqtt.Signal(PosixSignal.SIGTERM);
        Assert.Equal(0, await amqtt.ExitAsync());
    }

    [Theory]
    [InlineData("hello: {name: world}", "❌ {file}:2:11: plugins.hello: ")]
    [InlineData("anonymous: , hello: {name: world, $required: false}", "⚠️ {file}:2:24: plugins.hello: ")]
    public async Task A_constructor_parameter_that_nobody_provides_is_found_without_a_start(string plugins, string expected)
    {
        _folder.Write("plugins/Hello.cs", Hello.Replace("ILogger<Hello> logger)", "ILogger<Hello> logger, System.Text.StringBuilder text)", StringComparison.Ordinal));
        var file = _folder.Write("broker.yaml", $"listeners: {{default: {{bind: '127.0.0.1:0'}}}}\nplugins: {{{plugins}}}\n");

        var (code, _, error) = await AmqttProcess.RunAsync("config", "check", file);

        Assert.Equal(expected.StartsWith('❌') ? 1 : 0, code);
        Assert.Contains(expected.Replace("{file}", file, StringComparison.Ordinal) + "its constructor wants a System.Text.StringBuilder (text), which nobody provides; ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("  anonymous:\n  hello:\n    name: nobody\n", "{file}:4:3: ")]
    [InlineData("  - hello: {$id: one, name: world}\n  - hello: {$id: two, name: nobody}\n", "")] // it could be either
    public async Task One_that_fails_to_start_is_reported_where_the_configuration_names_it(string plugins, string place)
    {
        _folder.Write("plugins/Hello.cs", Hello.Replace("logger.LogInformation", "if (config.Name == \"nobody\") throw new InvalidOperationException(\"no bell\");\n        logger.LogInformation", StringComparison.Ordinal));
        var file = _folder.Write("broker.yaml", "listeners: {default: {bind: '127.0.0.1:0'}}\nplugins:\n" + plugins);

        var (code, _, error) = await AmqttProcess.RunAsync("-c", file);

        Assert.Equal(1, code);
        Assert.StartsWith($"❌ {place.Replace("{file}", file, StringComparison.Ordinal)}Plugin 'hello': OnBrokerPostStartAsync failed: no bell", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Directives_that_would_bring_packages_are_refused()
    {
        var source = _folder.Write("plugins/Hello.cs", "#:package Newtonsoft.Json@13.0.1\n" + Hello);

        var (code, _, error) = await AmqttProcess.RunAsync("config", "check", _folder.Write("broker.yaml", "listeners: {default: }\nplugins: {hello: {name: world}}\n"));

        Assert.Equal(1, code);
        Assert.EndsWith($"\n❌ {source}:1:2: directives #: are refused; a plugin that needs packages is a project of its own, published into a plugin folder\n", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_options_are_checked_as_those_of_any_plugin()
    {
        _folder.Write("plugins/Hello.cs", Hello);
        var file = _folder.Write("broker.yaml", "listeners: {default: }\nplugins:\n  hello:\n    nome: world\n");

        var (code, _, error) = await AmqttProcess.RunAsync("config", "check", file);

        Assert.Equal(1, code);
        Assert.Contains($"{file}:4:5: plugins.hello.nome: unknown key; did you mean 'name'?", error, StringComparison.Ordinal);
    }
}
