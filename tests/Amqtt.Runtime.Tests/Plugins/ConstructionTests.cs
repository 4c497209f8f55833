using System.ComponentModel.DataAnnotations;
using System.Diagnostics.Metrics;
using Amqtt.Plugins;
using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Plugins;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Amqtt.Runtime.Tests.Plugins;

/// <summary>What a constructor may ask for, and what is wrong with a class. P-E1 to P-E3, P-E11, P-E15.</summary>
public sealed class ConstructionTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly LogRecorder _log = new();

    [Fact]
    public async Task A_constructor_takes_what_it_needs()
    {
        await using var host = await Load(plugins => plugins.Add<WantsAll>(new WantsAll.Config { Name = "here" }));
        var plugin = Assert.IsType<WantsAll>(host.Plugins[0].Instance);

        Assert.Equal("here", plugin.Options.Name);
        Assert.Same(_time, plugin.Time);
        Assert.Same(plugin.Broker, plugin.Either);
        Assert.Same(plugin.Broker, plugin.Later);
        Assert.Equal("Amqtt.Plugins.WantsAll", plugin.Meter.Name);
        Assert.Equal("shared", plugin.Shared);
        using var client = plugin.Http.CreateClient("named");
        Assert.Equal(new("http://here.example/"), client.BaseAddress);
        Assert.Equal(["from the plugin"], _log.Of("amqtt.broker.plugins.WantsAll"));
        Assert.Equal(["from its service"], _log.Of("amqtt.broker.plugins.WantsAll.Service"));
    }

    [Fact]
    public async Task Two_plugins_of_one_class_share_nothing()
    {
        await using var host = await Load(plugins => plugins.Add<WantsAll>(new WantsAll.Config { Name = "one" }).Add<WantsAll>(new WantsAll.Config { Name = "two" }));
        var (one, two) = ((WantsAll)host.Plugins[0].Instance!, (WantsAll)host.Plugins[1].Instance!);

        Assert.Equal(("one", "two"), (one.Options.Name, two.Options.Name));
        Assert.NotSame(one.Own, two.Own);
        Assert.NotSame(one.Meter, two.Meter);
        Assert.NotSame(one.Broker, two.Broker);
    }

    [Fact]
    public async Task An_instance_is_used_as_it_is()
    {
        var plugin = new Plain();
        await using var host = await Load(plugins => plugins.Add(plugin));
        Assert.Same(plugin, host.Plugins[0].Instance);
    }

    [Fact]
    public async Task Options_of_the_wrong_class_are_an_error()
        => await Fails<PluginLoadException>(plugins => plugins.Add<Plain>(new WantsAll.Config()), $"its options are of class {typeof(WantsAll.Config).FullName}, wanted is none, since it has no nested class Config");

    [Fact]
    public async Task A_constructor_that_wants_what_nobody_has()
        => await Fails<PluginLoadException>(
            plugins => plugins.Add<WantsTooMuch>(),
            "its constructor wants a System.Text.StringBuilder (builder), which nobody provides; a constructor may take its Config, BrokerContext, PluginContext, ILogger<T>, TimeProvider, "
            + "Meter, IHttpClientFactory, services that the embedding program shares, and what ConfigureServices registers");

    [Fact]
    public void The_check_finds_what_a_constructor_wants_and_constructs_nothing()
    {
        var errors = new ConfigErrors();
        var options = new PluginHostOptions { ShareServices = services => services.AddSingleton("shared"), LoggerFactory = _log };
        var plugins = new PluginCollection().Add<WantsAll>().Add<WantsTooMuch>().Add<WantsTooMuch>(settings: new() { IsRequired = false }).Add<CannotConfigure>();
        using var plan = PluginPlan.Make(plugins, options, errors);
        StartCheck.Run(plan, options, errors);
        Assert.Collection(
            errors.Errors,
            error => Assert.StartsWith($"plugins.{typeof(WantsTooMuch).FullName}: its constructor wants a System.Text.StringBuilder (builder), which nobody provides; ", error.Text, StringComparison.Ordinal),
            error => Assert.Equal($"plugins.{typeof(CannotConfigure).FullName}: its constructor failed: no services", error.Text));
        Assert.EndsWith("it is not required, so the broker would start without it and refuse whatever it would decide", Assert.Single(errors.Warnings).Text, StringComparison.Ordinal);
        Assert.Empty(_log.Of("amqtt.broker.plugins.WantsAll"));
    }

    [Fact]
    public void The_check_asks_the_options_what_would_stop_a_start()
    {
        var errors = new ConfigErrors();
        var options = new PluginHostOptions();
        var section = YamlConfig.Parse(
            $"""
            - {typeof(Checks).FullName}: {"{the-file: missing}"}
            - {typeof(Checks).FullName}: {"{$id: two, $required: false}"}
            - {typeof(Checks).FullName}: {"{$id: three, the_file: throws}"}
            """,
            "test.yaml",
            errors)!;
        using var plan = PluginPlan.Make(new PluginCollection().Add(section, errors), options, errors);
        Assert.Empty(errors.Errors);
        StartCheck.Run(plan, options, errors);
        var (name, place) = (typeof(Checks).FullName!, "the-file: ".Length + 6);
        Assert.Equal(
            [$"test.yaml:1:{name.Length + place}: plugins.{name}.the_file: there is no 'missing'", $"test.yaml:3:3: plugins.{name}: the check of its options failed: no disk"],
            errors.Errors.Select(error => error.ToString()));
        Assert.StartsWith($"test.yaml:2:3: plugins.{name}.the_file: there is no 'default'; it is not required", Assert.Single(errors.Warnings).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_constructors()
        => await Fails<PluginLoadException>(plugins => plugins.Add<TwoConstructors>(), $"{typeof(TwoConstructors).FullName} must have exactly one public constructor; it has 2");

    [Fact]
    public async Task An_abstract_class() => await Fails<PluginLoadException>(plugins => plugins.Add<BaseAuthPlugin>(), "Amqtt.Plugins.BaseAuthPlugin is abstract");

    [Fact]
    public async Task A_hook_of_the_wrong_shape()
        => await Fails<PluginSignatureException>(
            plugins => plugins.Add<WrongShape>(),
            "Task OnBrokerPreStartAsync() is not the hook of this name and would never be called; write override ValueTask OnBrokerPreStartAsync(CancellationToken)");

    [Fact]
    public async Task A_hook_that_hides_instead_of_overriding()
        => await Fails<PluginSignatureException>(
            plugins => plugins.Add<Hides>(),
            "ValueTask OnBrokerPreStartAsync(CancellationToken) is not the hook of this name and would never be called; write override ValueTask OnBrokerPreStartAsync(CancellationToken)");

    [Fact]
    public async Task A_role_that_was_not_declared()
        => await Fails<PluginSignatureException>(
            plugins => plugins.Add<RoleNotDeclared>(),
            $"{typeof(RoleNotDeclared).FullName} has a method AuthenticateAsync but does not declare the role IAuthPlugin, so it would never be asked");

    [Fact]
    public void The_context_is_not_there_in_the_constructor()
    {
        var exception = Assert.Throws<InvalidOperationException>(() => new UsesContextEarly());
        Assert.Contains("take a PluginContext or BrokerContext parameter", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hooks_are_the_overrides_and_the_roles()
    {
        await using var host = await Load(plugins => plugins.Add<Plain>().Add<BothRoles>());
        var hooks = host.Hooks;
        Assert.True(hooks.ClientConnected.IsEmpty);
        Assert.False(hooks.MessageReceived.IsEmpty);
        Assert.False(hooks.Auth.IsEmpty);
        Assert.False(hooks.Topics.IsEmpty);
        Assert.Equal(
            [Hook.Authenticate, Hook.FilterTopic, Hook.BrokerMessageReceived],
            Enum.GetValues<Hook>().Where(host.Plugins[1].Hooks.Contains));
    }

    [Fact]
    public async Task A_plugin_switches_events_off_and_on()
    {
        await using var host = await Load(plugins => plugins.Add<BothRoles>());
        var plugin = (BothRoles)host.Plugins[0].Instance!;

        plugin.Use.Disable(Hook.BrokerMessageReceived);
        Assert.True(host.Hooks.MessageReceived.IsEmpty);
        plugin.Use.Enable(Hook.BrokerMessageReceived);
        Assert.False(host.Hooks.MessageReceived.IsEmpty);
        Assert.Throws<ArgumentException>(() => plugin.Use.Disable(Hook.Authenticate));
        Assert.Throws<ArgumentException>(() => plugin.Use.Disable(Hook.BrokerPreStart));
    }

    private async Task Fails<TException>(Action<PluginCollection> add, string problem)
        where TException : PluginException
    {
        var plugins = new PluginCollection();
        add(plugins);
        var exception = await Assert.ThrowsAsync<TException>(() => Load(add));
        Assert.Equal($"Plugin '{plugins.Single().Path}': {problem}", exception.Message);
    }

    private Task<PluginHost> Load(Action<PluginCollection> add)
    {
        var plugins = new PluginCollection();
        add(plugins);
        _log.Level = LogLevel.Warning;
        return PluginHost.LoadAsync(plugins, new() { LoggerFactory = _log, Time = _time, ShareServices = services => services.AddSingleton("shared") }).AsTask();
    }

    public sealed class WantsAll : BrokerPlugin, IConfigureServices
    {
        public WantsAll(
            Config config,
            BrokerContext broker,
            PluginContext either,
            ILogger<WantsAll> logger,
            TimeProvider time,
            Meter meter,
            IHttpClientFactory http,
            Service own,
            string shared,
            int withDefault = 5)
        {
            (Options, Broker, Either, Time, Meter, Http, Own, Shared) = (config, broker, either, time, meter, http, own, shared);
            Assert.Equal(5, withDefault);
            logger.LogWarning("from the plugin");
        }

        public Config Options { get; }

        public BrokerContext Broker { get; }

        public PluginContext Either { get; }

        public PluginContext Later => Context;

        public TimeProvider Time { get; }

        public Meter Meter { get; }

        public IHttpClientFactory Http { get; }

        public Service Own { get; }

        public string Shared { get; }

        public static void ConfigureServices(IServiceCollection services)
        {
            services.AddSingleton<Service>();
            services.AddHttpClient("named", (provider, client) => client.BaseAddress = new($"http://{provider.GetRequiredService<Config>().Name}.example/"));
        }

        public sealed class Config
        {
            public string Name { get; init; } = "default";
        }

        public sealed class Service
        {
            public Service(ILogger<Service> logger) => logger.LogWarning("from its service");
        }
    }

    public sealed class Plain : BrokerPlugin;

    public sealed class WantsTooMuch : BrokerPlugin
    {
        public WantsTooMuch(System.Text.StringBuilder builder) => ArgumentNullException.ThrowIfNull(builder);
    }

    public sealed class Checks : BrokerPlugin
    {
        public Checks(Config config) => throw new InvalidOperationException(config.TheFile);

        public sealed class Config : IConfigCheck
        {
            public string TheFile { get; init; } = "default";

            public IEnumerable<ValidationResult> Check()
            {
                if (TheFile == "throws") throw new InvalidOperationException("no disk");
                yield return new($"there is no '{TheFile}'.", [nameof(TheFile)]);
            }
        }
    }

    public sealed class CannotConfigure : BrokerPlugin, IConfigureServices
    {
        public static void ConfigureServices(IServiceCollection services) => throw new InvalidOperationException("no services");
    }

    public sealed class TwoConstructors : BrokerPlugin
    {
        public TwoConstructors()
        {
        }

        public TwoConstructors(BrokerContext context) => ArgumentNullException.ThrowIfNull(context);
    }

    public sealed class WrongShape : BrokerPlugin
    {
        public Task OnBrokerPreStartAsync() => Task.CompletedTask;
    }

    public sealed class Hides : BrokerPlugin
    {
        public new ValueTask OnBrokerPreStartAsync(CancellationToken cancel) => default;
    }

    public sealed class RoleNotDeclared : BrokerPlugin
    {
        public ValueTask<Decision> AuthenticateAsync(AuthenticateContext context) => Decision.Deny();
    }

    public sealed class UsesContextEarly : BrokerPlugin
    {
        public UsesContextEarly() => Context.Disable();
    }

    public sealed class BothRoles : BaseAuthPlugin, ITopicPlugin
    {
        public PluginContext Use => Context;

        public override ValueTask<Decision> AuthenticateAsync(AuthenticateContext context) => Decision.Allow;

        public ValueTask<Decision> FilterTopicAsync(TopicContext context) => Decision.Allow;

        public override ValueTask OnBrokerMessageReceivedAsync(MessageReceivedEvent e, CancellationToken cancel) => default;
    }
}
