using Amqtt.Protocol;

namespace Amqtt.Plugins.Standard.Tests.AccessControl;

/// <summary>An access control list in mosquitto's form.</summary>
public sealed class MosquittoAclFileTests : IDisposable
{
    private const string Rules = """
        # for everybody without a name
        topic read public/#
        topic  $SYS/broker/version

        user alice
        topic readwrite alice/#
        topic deny alice/secret
        topic write sensors/a room with a view
        user bob
        topic read
        	pattern readwrite devices/%c/#
        pattern deny devices/%c/locked
        pattern write mail/%u
        """;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null, TopicAction.Receive, "public/x", true)]
    [InlineData(null, TopicAction.Publish, "public/x", false)]
    [InlineData(null, TopicAction.Publish, "$SYS/broker/version", true)]
    [InlineData("alice", TopicAction.Receive, "public/x", false)]
    [InlineData("alice", TopicAction.Receive, "alice/x", true)]
    [InlineData("alice", TopicAction.Publish, "alice", true)]
    [InlineData("alice", TopicAction.Publish, "alice/secret", false)]
    [InlineData("alice", TopicAction.Receive, "alice/secret", false)]
    [InlineData("alice", TopicAction.Publish, "sensors/a room with a view", true)]
    [InlineData("alice", TopicAction.Receive, "sensors/a room with a view", false)]
    [InlineData("bob", TopicAction.Publish, "read", true)]
    [InlineData("bob", TopicAction.Publish, "devices/client/x", true)]
    [InlineData("bob", TopicAction.Publish, "devices/other/x", false)]
    [InlineData("bob", TopicAction.Publish, "devices/client/locked", false)]
    [InlineData(null, TopicAction.Receive, "devices/client/x", true)]
    [InlineData("bob", TopicAction.Publish, "mail/bob", true)]
    [InlineData("admin", TopicAction.Publish, "alice/x", false)]
    // As in mosquitto: any subscription is granted, and what it delivers is checked.
    [InlineData("bob", TopicAction.Subscribe, "#", true)]
    [InlineData("alice", TopicAction.Subscribe, "alice/secret", false)]
    public async Task What_it_allows(string? user, TopicAction action, string topic, bool isAllowed)
    {
        _folder.Write("acl", Rules);
        await using var host = await AclHost.StartAsync($"acl: {{acl_file: {_folder.At("acl")}}}");
        Assert.Equal(isAllowed, await host.AllowsAsync(action, user, topic));
    }

    [Fact]
    public async Task It_adds_to_rules_of_the_configuration()
    {
        _folder.Write("acl", Rules);
        await using var host = await AclHost.StartAsync($"acl: {{acl_file: {_folder.At("acl")}, publish_acl: {{bob: [own]}}, superusers: [admin]}}");
        Assert.True(await host.AllowsAsync(TopicAction.Publish, "bob", "own"));
        Assert.True(await host.AllowsAsync(TopicAction.Publish, "bob", "mail/bob"));
        Assert.False(await host.AllowsAsync(TopicAction.Receive, "bob", "own"));
        Assert.True(await host.AllowsAsync(TopicAction.Publish, "admin", "alice/secret"));
    }

    [Theory]
    [InlineData("topic read a\ntopics b", "acl:2: expected 'user NAME', 'topic [read|write|readwrite|deny] FILTER'")]
    [InlineData("\n\nuser\n", "acl:3: expected 'user NAME'")]
    [InlineData("topic read a/#/b", "acl:1: expected a topic filter such as factory/+/state or factory/#, but found 'a/#/b'")]
    [InlineData("user bob\ntopic deni secret/#", "acl:2: expected read, write, readwrite or deny before the filter 'secret/#', but found 'deni'")]
    [InlineData("pattern a room", "acl:1: expected read, write, readwrite or deny before the filter 'room', but found 'a'")]
    public async Task A_mistake_names_its_line(string text, string expected)
    {
        _folder.Write("acl", text);
        var failure = await Assert.ThrowsAsync<PluginInitException>(() => PluginTestHost.StartAsync("plugins: {anonymous: , acl: {acl_file: acl}}", _folder.At("broker.yaml")));
        Assert.Contains(expected, Assert.IsType<AclFileException>(failure.InnerException).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_changed_file_ends_the_subscriptions_that_it_would_refuse()
    {
        _folder.Write("acl", "topic readwrite a/#\ntopic readwrite b");
        await using var host = await PluginTestHost.StartAsync("plugins: {anonymous: , acl: {acl_file: acl}}", _folder.At("broker.yaml"));
        var client = await host.ConnectAsync("c");
        foreach (var filter in new[] { "a/b", "a/#", "b" }) Assert.Equal(ReasonCode.GrantedQoS2, await client.SubscribeAsync(filter));

        _folder.Write("acl", "topic readwrite a/#\ntopic deny a/b\ntopic deny b");
        await Authentication.FileAuthPluginTests.ReloadAsync(host, "was read anew", 1);
        Assert.Equal(["a/#"], host.Broker.Subscriptions().Select(subscription => subscription.TopicFilter));

        _folder.Write("acl", "nonsense");
        await Authentication.FileAuthPluginTests.ReloadAsync(host, "cannot be used", 1);
        await client.PublishAsync("a/c", "still", QoS.AtLeastOnce);
        await client.ExpectAsync("a/c", "still");
    }

    [Fact]
    public async Task A_changed_file_counts_without_a_restart_and_a_broken_one_does_not()
    {
        _folder.Write("acl", "topic readwrite a");
        await using var host = await PluginTestHost.StartAsync("plugins: {anonymous: , acl: {acl_file: acl}}", _folder.At("broker.yaml"));
        var client = await host.ConnectAsync("c", version: ProtocolVersion.V5);
        await client.SubscribeAsync("#");
        Assert.Equal(ReasonCode.NotAuthorized, await client.PublishAsync("b", "1", QoS.AtLeastOnce));

        _folder.Write("acl", "topic readwrite b");
        await Authentication.FileAuthPluginTests.ReloadAsync(host, "was read anew", 1);
        Assert.Equal(ReasonCode.NotAuthorized, await client.PublishAsync("a", "2", QoS.AtLeastOnce));
        Assert.Equal(ReasonCode.Success, await client.PublishAsync("b", "3", QoS.AtLeastOnce));

        _folder.Write("acl", "nonsense");
        await Authentication.FileAuthPluginTests.ReloadAsync(host, "cannot be used", 1);
        Assert.Equal(ReasonCode.Success, await client.PublishAsync("b", "4", QoS.AtLeastOnce));
        await client.ExpectAsync("b", "3");
        await client.ExpectAsync("b", "4");
        await client.ExpectNothingAsync();
    }
}
