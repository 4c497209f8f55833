using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Configuration;
using Microsoft.Extensions.Logging;

namespace Amqtt.Plugins.Standard.Tests.AccessControl;

/// <summary>P-F4 and P-F5: what each rule means; that the broker does what they say.</summary>
public sealed class TopicAccessControlListPluginTests
{
    private const TopicAction Publish = TopicAction.Publish;
    private const TopicAction Subscribe = TopicAction.Subscribe;
    private const TopicAction Receive = TopicAction.Receive;

    [Theory]
    // An action's map absent or null: unrestricted.
    [InlineData("{}", Publish, "bob", "any", true)]
    [InlineData("{publish_acl: , subscribe_acl: {}, receive_acl: {}}", Publish, "bob", "any", true)]
    [InlineData("{subscribe_acl: {bob: [a]}}", Publish, "bob", "any", true)]
    [InlineData("{subscribe_acl: {bob: [a]}}", Receive, "bob", "any", true)]
    // The map empty, the user not in it, the user's list empty: refused.
    [InlineData("{publish_acl: {}}", Publish, "bob", "a", false)]
    [InlineData("{publish_acl: []}", Publish, "bob", "a", false)]
    [InlineData("{publish_acl: {alice: [a]}}", Publish, "bob", "a", false)]
    [InlineData("{publish_acl: {bob: []}}", Publish, "bob", "a", false)]
    [InlineData("{publish_acl: {bob: }}", Publish, "bob", "a", false)]
    [InlineData("{publish_acl: {Bob: [a]}}", Publish, "bob", "a", false)]
    [InlineData("{receive_acl: {}}", Receive, "bob", "a", false)]
    [InlineData("{subscribe_acl: {}}", Subscribe, "bob", "a", false)]
    // The forms of the map and the spellings of its key.
    [InlineData("{publish-acl: {bob: [a/#]}}", Publish, "bob", "a/b", true)]
    [InlineData("{publishAcl: [{alice: [x]}, {bob: [a/#]}]}", Publish, "bob", "a", true)]
    [InlineData("{acl: {bob: [a]}}", Subscribe, "bob", "a", true)]
    [InlineData("{acl: {bob: [a]}}", Subscribe, "bob", "b", false)]
    // A client without user name is anonymous; admin may do everything.
    [InlineData("{publish_acl: {anonymous: [a]}}", Publish, null, "a", true)]
    [InlineData("{publish_acl: {anonymous: [a]}}", Publish, "", "a", true)]
    [InlineData("{publish_acl: {anonymous: [a]}}", Publish, "bob", "a", false)]
    [InlineData("{publish_acl: {}}", Publish, "admin", "$SYS/x", true)]
    [InlineData("{subscribe_acl: {}, receive_deny: {admin: ['#']}}", Subscribe, "admin", "$SYS/#", true)]
    [InlineData("{publish_acl: {}, superusers: []}", Publish, "admin", "a", false)]
    [InlineData("{publish_acl: {}, superusers: [root]}", Publish, "root", "a", true)]
    // What begins with a wildcard does not cover $…
    [InlineData("{subscribe_acl: {bob: ['#']}}", Subscribe, "bob", "$SYS/#", false)]
    [InlineData("{subscribe_acl: {bob: ['+/#']}}", Subscribe, "bob", "$SYS/#", false)]
    [InlineData("{subscribe_acl: {bob: ['#', '$SYS/#']}}", Subscribe, "bob", "$SYS/broker/#", true)]
    [InlineData("{receive_acl: {bob: ['#']}}", Receive, "bob", "$SYS/broker/version", false)]
    [InlineData("{receive_acl: {bob: ['$SYS/#']}}", Receive, "bob", "$SYS/broker/version", true)]
    // Subscribing: contained in one rule.
    [InlineData("{subscribe_acl: {bob: [a/+]}}", Subscribe, "bob", "a/#", false)]
    [InlineData("{subscribe_acl: {bob: [a/+]}}", Subscribe, "bob", "a/+", true)]
    [InlineData("{subscribe_acl: {bob: [a/#]}}", Subscribe, "bob", "a", true)]
    [InlineData("{subscribe_acl: {bob: [a/#]}}", Subscribe, "bob", "a/+", true)]
    [InlineData("{subscribe_acl: {bob: [a/#]}}", Subscribe, "bob", "a/b/#", true)]
    [InlineData("{subscribe_acl: {bob: [a/b, a/c]}}", Subscribe, "bob", "a/+", false)]
    [InlineData("{subscribe_acl: {bob: [a/b]}}", Subscribe, "bob", "#", false)]
    // Publishing and receiving: matched by one rule, with the rules of the standard.
    [InlineData("{publish_acl: {bob: [sport/#]}}", Publish, "bob", "sport", true)]
    [InlineData("{publish_acl: {bob: [sport/+]}}", Publish, "bob", "sport", false)]
    [InlineData("{publish_acl: {bob: [sport/+]}}", Publish, "bob", "sport/", true)]
    [InlineData("{publish_acl: {bob: ['*/a']}}", Publish, "bob", "x/a", false)]
    [InlineData("{publish_acl: {bob: ['*/a']}}", Publish, "bob", "*/a", true)]
    [InlineData("{receive_acl: {bob: [a]}}", Receive, "bob", "b", false)]
    public async Task What_a_rule_means(string options, TopicAction action, string? user, string topic, bool isAllowed)
    {
        await using var host = await AclHost.StartAsync($"amqtt.plugins.topic_checking.TopicAccessControlListPlugin: {options}");
        Assert.Equal(isAllowed, await host.AllowsAsync(action, user, topic));
    }

    [Theory]
    [InlineData("{publish_deny: {bob: [a/secret/#]}}", Publish, "bob", "a/secret", false)]
    [InlineData("{publish_deny: {bob: [a/secret/#]}}", Publish, "bob", "a/open", true)]
    [InlineData("{publish_deny: {bob: [a/secret/#]}}", Publish, "alice", "a/secret", true)]
    [InlineData("{publish_acl: {bob: [a/#]}, publish_deny: {$all: [+/secret]}}", Publish, "bob", "a/secret", false)]
    [InlineData("{publish_acl: {bob: [a/#]}, publish_deny: {$all: [+/secret]}}", Publish, "bob", "a/b", true)]
    [InlineData("{publish_acl: {$all: [public/#], bob: [own]}}", Publish, "bob", "public/x", true)]
    [InlineData("{publish_acl: {$all: [public/#], bob: [own]}}", Publish, null, "public/x", true)]
    [InlineData("{publish_acl: {$all: [public/#], bob: [own]}}", Publish, "$all", "own", false)]
    [InlineData("{receive_deny: {$all: [a/#]}}", Receive, "bob", "a/b", false)]
    [InlineData("{receive_deny: {$all: [a/#]}}", Subscribe, "bob", "a/b", false)]
    [InlineData("{receive_deny: {$all: [a/#]}}", Subscribe, "bob", "#", true)]
    public async Task Denying_goes_before_allowing(string options, TopicAction action, string? user, string topic, bool isAllowed)
    {
        await using var host = await AclHost.StartAsync($"acl: {options}");
        Assert.Equal(isAllowed, await host.AllowsAsync(action, user, topic));
    }

    [Theory]
    [InlineData("c1", "bob", Publish, "devices/c1/state", true)]
    [InlineData("c1", "bob", Publish, "devices/c2/state", false)]
    [InlineData("c1", "bob", Publish, "home/bob/x", true)]
    [InlineData("c1", "eve", Publish, "home/bob/x", false)]
    [InlineData("c1", "bob", Subscribe, "devices/c1/#", true)]
    [InlineData("c1", "bob", Subscribe, "devices/+/#", false)]
    [InlineData("c1", null, Publish, "home/anonymous/x", false)]
    [InlineData("c1", null, Publish, "home//x", false)]
    // Whoever calls himself a wildcard or a path gets nothing for it.
    [InlineData("+", "bob", Subscribe, "devices/+/#", false)]
    [InlineData("+", "bob", Publish, "devices/c2/state", false)]
    [InlineData("#", "bob", Subscribe, "devices/#", false)]
    [InlineData("c1", "#", Subscribe, "home/#", false)]
    [InlineData("c1", "+", Subscribe, "home/+/#", false)]
    [InlineData("c2/sub", "bob", Publish, "devices/c2/sub/state", false)]
    [InlineData("c1", "bob/private", Publish, "home/bob/private/x", false)]
    [InlineData("$SYS", "bob", Receive, "$SYS/broker/version", false)]
    [InlineData("inbox", "bob", Receive, "inbox/1", true)]
    [InlineData("%u", "bob", Publish, "devices/bob/state", false)]
    // A part of a level is no name to be filled in.
    [InlineData("c1", "bob", Publish, "mixed/xc1", false)]
    [InlineData("c1", "bob", Publish, "mixed/x%c", true)]
    public async Task Names_are_taken_literally(string clientId, string? user, TopicAction action, string topic, bool isAllowed)
    {
        const string rules = "{$all: [devices/%c/#, home/%u/#, '%c/#', mixed/x%c]}";
        await using var host = await AclHost.StartAsync($"acl: {{publish_acl: {rules}, subscribe_acl: {rules}, receive_acl: {rules}}}");
        Assert.Equal(isAllowed, await host.AllowsAsync(action, user, topic, clientId));
    }

    [Theory]
    [InlineData("c1", "private/c1/x", false)]
    [InlineData("c1", "private/c2/x", true)]
    [InlineData("c1/x", "private/c1/x", false)]
    [InlineData("c1/x", "private/c2/x", false)]
    [InlineData("+", "private/c1/x", false)]
    [InlineData("+", "public", true)]
    public async Task A_name_that_fits_no_level_does_not_open_what_is_denied(string clientId, string topic, bool isAllowed)
    {
        await using var host = await AclHost.StartAsync("acl: {publish_deny: {$all: [private/%c/#]}}");
        Assert.Equal(isAllowed, await host.AllowsAsync(Publish, "bob", topic, clientId));
    }

    [Theory]
    [InlineData("{publish_acl: {bob: [a/#/b]}}", "test.yaml:1:21: plugins.acl.publish_acl: user 'bob': expected a topic filter such as factory/+/state or factory/#, but found 'a/#/b'")]
    [InlineData("{receive_acl: {al: [ok], bob: ['a+']}}", "test.yaml:1:21: plugins.acl.receive_acl: user 'bob': expected a topic filter such as factory/+/state or factory/#, but found 'a+'")]
    [InlineData("{subscribe_acl: {bob: [$share/g/a]}}", "test.yaml:1:23: plugins.acl.subscribe_acl: user 'bob': a rule names topics, not a shared subscription; expected 'a' in place of '$share/g/a'")]
    [InlineData("{acl: {}, subscribe_acl: {}}", "test.yaml:1:13: plugins.acl.acl: this is the older name of 'subscribe_acl', which is there too; expected only 'subscribe_acl'")]
    [InlineData("{publish_acl: [a, b]}", "test.yaml:1:21: plugins.acl.publish_acl: expected a mapping, but found a list")]
    [InlineData("{publish_acl: {bob: a}}", "test.yaml:1:27: plugins.acl.publish_acl.bob: expected a list, but found 'a'; write [value]")]
    [InlineData("{publish-acl: {}, publish_acl: {}}", "test.yaml:1:25: plugins.acl.publish_acl: this is the same key as 'publish-acl' in line 1; expected only one of them")]
    [InlineData("{acls: {}}", "test.yaml:1:8: plugins.acl.acls: unknown key; did you mean 'acl'?")]
    public void A_mistake_names_user_and_rule(string options, string expected)
    {
        var errors = new ConfigErrors();
        var plugins = new Runtime.Plugins.PluginCollection().Add(YamlConfig.Parse($"{{acl: {options}}}", "test.yaml", errors)!, errors);
        using var plan = Runtime.Plugins.PluginPlan.Make(plugins, new(), errors);
        Assert.Equal([expected], errors.Errors.Select(error => error.ToString()));
    }

    [Theory]
    [InlineData("acl: {acl: {}}", "The option 'acl' is an older name", LogLevel.Warning)]
    [InlineData("acl: {subscribe_acl: {}}", "Subscribing is restricted, publishing is not", LogLevel.Information)]
    public async Task What_is_said_at_the_start(string plugin, string expected, LogLevel level)
    {
        await using var host = await AclHost.StartAsync(plugin);
        Assert.Single(host.Log.Lines, line => line.Text.StartsWith(expected, StringComparison.Ordinal) && line.Level == level);
    }

    [Fact]
    public async Task Subscriptions_are_answered_and_messages_delivered_by_the_rules()
    {
        await using var host = await PluginTestHost.StartAsync("plugins: {anonymous: , acl: {publish_acl: {pub: [a/#]}, subscribe_acl: {sub: [a/#, b]}, receive_acl: {sub: [a/+, b]}}}");
        var sub = await host.ConnectAsync("s", "sub", version: ProtocolVersion.V5);
        Assert.Equal(
            [ReasonCode.Success, ReasonCode.NotAuthorized, ReasonCode.Success, ReasonCode.NotAuthorized],
            (await sub.SubscribeAsync(new SubscriptionRequest("a/#", new()), new("#", new()), new("$share/g/b", new()), new("$share/g/c", new()))).Reasons);

        var pub = await host.ConnectAsync("p", "pub", version: ProtocolVersion.V5);
        Assert.Equal(ReasonCode.NotAuthorized, await pub.PublishAsync("b", "refused", QoS.AtLeastOnce, retain: true));
        Assert.Equal(ReasonCode.Success, await pub.PublishAsync("a/1", "yes", QoS.AtLeastOnce));
        Assert.Equal(ReasonCode.Success, await pub.PublishAsync("a/1/2", "too deep", QoS.AtLeastOnce, retain: true));
        await sub.ExpectAsync("a/1", "yes");
        await sub.ExpectNothingAsync();

        // Neither what is retained; and 3.1.1 has its own codes.
        var old = await host.ConnectAsync("s2", "sub", version: ProtocolVersion.V311);
        Assert.Equal([ReasonCode.Success, ReasonCode.UnspecifiedError], (await old.SubscribeAsync(new SubscriptionRequest("a/#", new()), new("c", new()))).Reasons);
        await old.ExpectNothingAsync();
    }

    [Fact]
    public async Task Rules_can_be_those_of_a_listener()
    {
        await using var host = await PluginTestHost.StartAsync("listeners: {default: {type: external}, other: }\nplugins: [anonymous, {acl: {$listeners: [other], publish_acl: {anonymous: [public]}}}]");
        var inside = await host.ConnectAsync("inside", listener: "default");
        var outside = await host.ConnectAsync("outside", listener: "other");
        Assert.Equal(ReasonCode.NoMatchingSubscribers, await inside.PublishAsync("private", "x", QoS.AtLeastOnce));
        Assert.Equal(ReasonCode.NotAuthorized, await outside.PublishAsync("private", "x", QoS.AtLeastOnce));
        Assert.Equal(ReasonCode.NoMatchingSubscribers, await outside.PublishAsync("public", "x", QoS.AtLeastOnce));
    }
}
