using Amqtt.Broker.Configuration;
using Amqtt.Plugins;
using Amqtt.Plugins.Standard.Tests.Examples;
using Amqtt.Protocol;
using Amqtt.Runtime.Configuration;

[assembly: PluginEntryPoint("by_list", typeof(ListAuthPlugin))]
[assembly: PluginEntryPoint("quiet_hours", typeof(QuietTopicPlugin))]

namespace Amqtt.Plugins.Standard.Tests.Examples;

/// <summary>The deprecated way to activate a plugin: by an entry point that an older section names (plugin-framework, section 5; PF-6).</summary>
public sealed class EntryPointTests
{
    [Fact]
    public async Task PF_6_an_older_section_activates_a_plugin_by_its_entry_point()
    {
        var errors = new ConfigErrors();
        var options = BrokerConfiguration.FromYaml(
            """
            listeners: {default: {type: external}}
            auth:
              plugins: [by_list]
              friends: [alice, bob]
            topic-check:
              enabled: true
              plugins: [quiet_hours]
              quiet: night/owl
            """,
            "old.yaml",
            errors);
        Assert.Equal(2, errors.Warnings.Count);
        await using var host = await PluginTestHost.StartAsync(options!);
        Assert.Equal(ReasonCode.NotAuthorized, await host.LogInAsync("eve", null));
        var alice = await host.ConnectAsync("a", "alice", version: ProtocolVersion.V5);
        Assert.Equal(ReasonCode.NotAuthorized, await alice.PublishAsync("night/owl", "x", QoS.AtLeastOnce));
        Assert.Equal(ReasonCode.NoMatchingSubscribers, await alice.PublishAsync("day", "x", QoS.AtLeastOnce));
    }

    [Fact]
    public async Task An_entry_point_is_no_name_under_plugins()
    {
        var options = BrokerConfiguration.FromYaml("{listeners: {default: {type: external}}, plugins: [by_list]}");
        await Assert.ThrowsAsync<PluginImportException>(() => PluginTestHost.StartAsync(options));
    }

    [Fact]
    public async Task An_unknown_name_has_its_place()
    {
        var options = BrokerConfiguration.FromYaml("auth: {plugins: [auth_anonymus]}", "old.yaml");
        var failure = await Assert.ThrowsAsync<PluginImportException>(() => PluginTestHost.StartAsync(options));
        Assert.Contains("did you mean 'auth_anonymous'", failure.Message, StringComparison.Ordinal);
    }
}

/// <summary>Reads the whole configuration, as plugins did.</summary>
public sealed class ListAuthPlugin : BaseAuthPlugin
{
    public override ValueTask<Decision> AuthenticateAsync(AuthenticateContext context)
    {
        var auth = (IReadOnlyDictionary<string, object?>)Context.Configuration["auth"]!;
        return ((IEnumerable<object?>)auth["friends"]!).Contains(context.UserName) ? Decision.Allow : Decision.Deny();
    }
}

public sealed class QuietTopicPlugin : BaseTopicPlugin
{
    public override ValueTask<Decision> FilterTopicAsync(TopicContext context)
    {
        var section = (IReadOnlyDictionary<string, object?>)Context.Configuration["topic-check"]!;
        return context.Topic == (string?)section["quiet"] ? Decision.Deny() : Decision.Allow;
    }
}
