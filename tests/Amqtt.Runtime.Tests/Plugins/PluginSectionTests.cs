using System.ComponentModel.DataAnnotations;
using Amqtt.Plugins;
using Amqtt.Runtime.Plugins;
using Amqtt.Runtime.Tests.Configuration;
using Microsoft.Extensions.Logging;

namespace Amqtt.Runtime.Tests.Plugins;

/// <summary>The <c>plugins</c> section: its forms (PF-6, P-A12), the reserved keys, and the messages about mistakes (PF-5).</summary>
public sealed class PluginSectionTests
{
    private const string Name = "Amqtt.Runtime.Tests.Plugins.PluginSectionTests+Configured";
    private readonly LogRecorder _log = new() { Level = LogLevel.Warning };

    [Theory]
    [InlineData("{NAME: {some_number: 5, deeper: {a_text: x}}, OTHER: }")]
    [InlineData("[NAME: {some_number: 5, deeper: {a_text: x}}, OTHER]")]
    [InlineData("[NAME: {some-number: 5, deeper: {a-text: x}}, OTHER: ]")]
    [InlineData("- NAME:\n    someNumber: 5\n    deeper:\n      aText: x\n- OTHER")]
    [InlineData("NAME:\n  SomeNumber: 5\n  Deeper:\n    AText: x\nOTHER:")]
    public void All_forms_are_equal(string section)
    {
        using var plan = Plan(section, out var errors);
        Assert.Empty(errors);
        Assert.Equal(["Configured", "Bare"], plan.Plugins.Select(plugin => plugin.Identity.Id));
        var config = Assert.IsType<Configured.Config>(plan.Plugins[0].Config);
        Assert.Equal((5, "x"), (config.SomeNumber, config.Deeper.AText));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    public void No_plugins(string section)
    {
        using var plan = Plan(section, out var errors);
        Assert.Empty(plan.Plugins);
        Assert.Empty(errors);
    }

    [Fact]
    public void An_empty_section_is_a_warning()
    {
        var (root, errors) = Yaml.Parse("plugins:");
        var section = ((Runtime.Configuration.ConfigMapping)root!).Entries[0].Value;
        Assert.Empty(new PluginCollection().Add(section, errors));
        Assert.Single(errors.Warnings, warning => warning.Text.Contains("every client is refused", StringComparison.Ordinal));
    }

    [Fact]
    public void Other_elements_are_errors_that_name_them()
        => Assert.Equal(
            [
                "test.yaml:2:3: plugins[1]: expected a plugin name, or a map with one entry: the plugin name and its options, but found a list",
                "test.yaml:3:3: plugins[2]: expected a plugin name, or a map with one entry: the plugin name and its options, but found one with 2",
            ],
            Errors("- OTHER\n- [1]\n- {a: 1, b: 2}"));

    [Fact]
    public void A_missing_option_of_an_element_that_is_only_a_name_has_its_place()
        => Assert.Equal([$"test.yaml:2:3: plugins.{Name}.some_number: this key is missing; expected a whole number from 1 to 10"], Errors("- OTHER\n- NAME"));

    [Fact]
    public void Six_mistakes_are_six_messages()
    {
        var errors = Errors(
            """
            - NAME:
                some_number: many
                some_numbr: 1
                $topics: [a, "b#"]
            - Acme.Unknown
            - OTHER:
                option: 1
            - NAME:
                $timeout: 0
                some_number: 1
            """);

        Assert.Equal(6, errors.Count);
        Assert.Equal($"test.yaml:2:18: plugins.{Name}.some_number: expected a whole number from 1 to 10, but found 'many'", errors[0]);
        Assert.StartsWith($"test.yaml:3:5: plugins.{Name}.some_numbr: unknown key; did you mean 'some_number'?", errors[1], StringComparison.Ordinal);
        Assert.Equal($"test.yaml:4:14: plugins.{Name}.$topics: expected topic filters such as factory/+/state or factory/#, but found 'b#'", errors[2]);
        Assert.StartsWith("test.yaml:5:3: plugins.Acme.Unknown: unknown plugin; found: ", errors[3], StringComparison.Ordinal);
        Assert.Equal($"test.yaml:7:5: plugins.{typeof(Bare).FullName}.option: unknown key; {typeof(Bare).FullName} has no options", errors[4]);
        Assert.Equal($"test.yaml:9:15: plugins.{Name}.$timeout: must be more than 0 s and at most 1 d", errors[5]);
    }

    [Theory]
    [InlineData("NAME:", "plugins.NAME.some_number: this key is missing")]
    [InlineData("NAME: {some_number: 11}", "some_number: ")]
    [InlineData("NAME: {some_number: 1, $nonsense: 1}", "test.yaml:1:")]
    [InlineData("NAME: {some_number: 1, $on_error: ignore}", "expected one of ")]
    [InlineData("NAME: {some_number: 1, $max_concurrency: 0}", "$max_concurrency: must be 1 or more")]
    [InlineData("NAME: {some_number: 1, $max_concurrency: many}", "$max_concurrency: expected a whole number")]
    [InlineData("NAME: {some_number: 1, $timeout: soon}", "$timeout: expected a duration")]
    [InlineData("NAME: {some_number: 1, $listeners: []}", "$listeners: the list is empty")]
    [InlineData("NAME: {some_number: 1, $topics: $share/a/b}", "$topics: expected topic filters")]
    public void Each_mistake_has_a_place(string section, string part)
        => Assert.Contains(part.Replace("NAME", Name, StringComparison.Ordinal), Assert.Single(Errors(section)), StringComparison.Ordinal);

    [Theory]
    [InlineData("[default, insid]", "insid", "; did you mean 'inside'?")]
    [InlineData("Default", "Default", "; did you mean 'default'?")]
    [InlineData("[elsewhere]", "elsewhere", "")]
    public void A_listener_that_does_not_exist_is_a_mistake(string listeners, string wrong, string hint)
    {
        var section = $"{typeof(Bare).FullName}: {{$listeners: {listeners}}}";
        var column = section.IndexOf(wrong, StringComparison.Ordinal) + 1;
        Plan(section, out var errors, "default", "inside").Dispose();
        Assert.Equal(
            $"test.yaml:1:{column}: plugins.{typeof(Bare).FullName}.$listeners: expected names of listeners (default, inside), but found '{wrong}'{hint}",
            Assert.Single(errors));
    }

    [Fact]
    public void A_plugin_that_could_not_be_told_apart_and_would_never_be_asked_is_a_mistake()
    {
        var fit = string.Concat(Enumerable.Range(1, 63).Select(static i => $"- OTHER: {{$topics: t{i}}}\n- OTHER\n"));
        Assert.Empty(Errors(fit));
        Assert.Equal(
            $"test.yaml:127:3: plugins.{typeof(Bare).FullName}: at most 63 plugins can have $topics or $listeners, and this is one more; leave them out, or have one plugin do what several do",
            Assert.Single(Errors(fit + "- OTHER: {$listeners: a}\n")));
    }

    [Fact]
    public void Reserved_keys()
    {
        using var plan = Plan(
            "OTHER: {$id: mine, $timeout: 1500ms, $required: no, $on_error: skip, $topics: factory/#, $listeners: [a, b], $offload: yes, $max_concurrency: 3}", out var errors);
        Assert.Empty(errors);
        var plugin = Assert.Single(plan.Plugins);
        Assert.Equal(("mine", TimeSpan.FromSeconds(1.5), false), (plugin.Identity.Id, plugin.Settings.Timeout, plugin.Settings.IsRequired));
        Assert.Equal((OnError.Skip, true, 3), (plugin.Settings.OnError, plugin.Settings.Offload, plugin.Settings.MaxConcurrency));
        Assert.Equal(["factory/#"], plugin.Settings.Topics!);
        Assert.Equal(["a", "b"], plugin.Settings.Listeners!);
    }

    [Fact]
    public void A_plugin_that_is_not_enabled_does_not_run_and_is_not_looked_for()
    {
        using var plan = Plan("[OTHER: {$enabled: false}, Acme.Unknown: {$enabled: no}]", out var errors);
        Assert.Empty(errors);
        Assert.Empty(plan.Plugins);
    }

    [Fact]
    public async Task One_mistake_of_a_program_is_its_own_kind_of_exception()
    {
        var exception = await Assert.ThrowsAsync<PluginImportException>(() => Load(new PluginCollection().Add("Acme.Unknown")));
        Assert.Equal("Acme.Unknown", exception.PluginPath);
        Assert.StartsWith("Plugin 'Acme.Unknown': unknown plugin; found: ", exception.Message, StringComparison.Ordinal);

        var load = await Assert.ThrowsAsync<PluginLoadException>(() => Load(new PluginCollection().Add(Name)));
        Assert.Equal($"Plugin '{Name}': plugins.{Name}.some_number: this key is missing; expected a whole number from 1 to 10", load.Message);
    }

    [Fact]
    public async Task Several_mistakes_of_a_program_come_together()
    {
        var exception = await Assert.ThrowsAsync<Runtime.Configuration.ConfigurationException>(() => Load(new PluginCollection().Add("Acme.Unknown").Add("Acme.Unknown2")));
        Assert.Equal(2, exception.Errors.Count);
    }

    [Theory]
    [InlineData("$required: no")]
    [InlineData("$required: no, some_number: many")]
    public async Task A_deciding_plugin_that_is_not_required_and_fails_refuses(string options)
    {
        using var plan = Plan($"- {typeof(Guard).FullName}: {{{options}}}", out var errors);
        Assert.Empty(errors);
        await using var host = await PluginHost.LoadAsync(plan, new() { LoggerFactory = _log });

        Assert.True((await host.Hooks.Auth.AuthenticateAsync(HostedPlugins.Connect())).IsFault);
        Assert.True((await host.Hooks.Topics.Ask()).IsFault);
        Assert.True(host.Hooks.MessageReceived.IsEmpty);
        Assert.Single(_log.Lines, line => line.Text.Contains("is not required", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_deciding_plugin_that_is_not_required_and_fails_at_start_refuses()
    {
        using var plan = Plan($"- {typeof(FailsAtStart).FullName}: {{$required: no}}", out _);
        await using var host = await PluginHost.LoadAsync(plan, new() { LoggerFactory = _log });
        Assert.True((await host.Hooks.Topics.Ask()).IsAllowed);
        await host.StartAsync(TestContext.Current.CancellationToken);
        Assert.True((await host.Hooks.Topics.Ask()).IsFault);
    }

    private static Task<PluginHost> Load(PluginCollection plugins) => PluginHost.LoadAsync(plugins, new()).AsTask();

    private static IReadOnlyList<string> Errors(string section)
    {
        Plan(section, out var errors).Dispose();
        return errors;
    }

    private static PluginPlan Plan(string section, out IReadOnlyList<string> errors, params string[] listeners)
    {
        var text = section.Replace("NAME", Name, StringComparison.Ordinal).Replace("OTHER", typeof(Bare).FullName, StringComparison.Ordinal);
        var (root, messages) = Yaml.Parse(text);
        var plan = PluginPlan.Make(new PluginCollection().Add(root!, messages), new() { Listeners = listeners is [] ? null : listeners }, messages);
        errors = [.. messages.Errors.Select(error => error.ToString())];
        return plan;
    }

    public sealed class Bare : BrokerPlugin;

    public sealed class Configured(Configured.Config config) : BrokerPlugin
    {
        public Config Options => config;

        public sealed class Config
        {
            [Range(1, 10)]
            public required int SomeNumber { get; init; }

            public Nested Deeper { get; init; } = new();
        }

        public sealed class Nested
        {
            public string AText { get; init; } = "";
        }
    }

    public sealed class Guard : BaseAuthPlugin, ITopicPlugin
    {
        public Guard(Config config)
        {
            ArgumentNullException.ThrowIfNull(config);
            throw new InvalidOperationException("broken");
        }

        public override ValueTask<Decision> AuthenticateAsync(AuthenticateContext context) => Decision.Allow;

        public ValueTask<Decision> FilterTopicAsync(TopicContext context) => Decision.Allow;

        public override ValueTask OnBrokerMessageReceivedAsync(MessageReceivedEvent e, CancellationToken cancel) => default;

        public sealed class Config
        {
            public int SomeNumber { get; init; }
        }
    }

    public sealed class FailsAtStart : BaseTopicPlugin
    {
        public override ValueTask OnBrokerPreStartAsync(CancellationToken cancel) => throw new InvalidOperationException("broken");

        public override ValueTask<Decision> FilterTopicAsync(TopicContext context) => Decision.Allow;
    }
}
