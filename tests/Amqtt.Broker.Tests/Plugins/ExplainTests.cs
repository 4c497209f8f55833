using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Plugins;

/// <summary>What <c>amqtt plugins explain</c> says about a client that is connected.</summary>
public sealed class ExplainTests
{
    [Theory]
    [InlineData(TopicAction.Publish, "Publish")]
    [InlineData(TopicAction.Subscribe, "Subscribe")]
    [InlineData(TopicAction.Receive, "Deliver")]
    public async Task Transforms_are_named_and_not_asked(TopicAction action, string hook)
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, new TransformPlugin());
        await broker.ConnectAsync("c");
        Assert.Equal(
            [$"TransformPlugin {hook} not asked", "(all together) FilterTopic allow"],
            (await broker.Broker.ExplainAsync(action, broker.Broker.FindSession("c")!, "t", QoS.AtMostOnce)).Select(static opinion => $"{opinion.Plugin} {opinion.Hook} {opinion.Verdict}"));
    }

    [Fact]
    public async Task Permissions_and_topic_plugins_say_what_they_say_each()
    {
        await using TestBroker broker = await TestBroker.StartAsync(
            Link.Memory,
            configure: null,
            new Authenticates(static context =>
            {
                context.Permissions = [new TopicPermission("a/#")];
                return true;
            }),
            new Filters(static _ => Decision.Deny(ReasonCode.QuotaExceeded, "not today")));
        await broker.ConnectAsync("c");
        Assert.Equal(
            ["(granted permissions): allow (rule 'a/#')", "Filters: deny (0x97 QuotaExceeded: not today)", "(all together): deny (0x97 QuotaExceeded: not today)"],
            (await broker.Broker.ExplainAsync(TopicAction.Publish, broker.Broker.FindSession("c")!, "a/b", QoS.AtMostOnce)).Select(static opinion => $"{opinion.Plugin}: {opinion.Verdict} ({opinion.Why})"));
    }
}
