using Amqtt.Protocol;

namespace Amqtt.Plugins.Standard.Tests.AccessControl;

/// <summary>P-F3.</summary>
public sealed class TopicTabooPluginTests
{
    [Theory]
    [InlineData("prohibited", null, false)]
    [InlineData("top-secret", "bob", false)]
    [InlineData("data/classified", "anonymous", false)]
    [InlineData("prohibited", "admin", true)]
    [InlineData("data/classified", "admin", true)]
    [InlineData("prohibited/", null, true)]
    [InlineData("Prohibited", null, true)]
    [InlineData("data/classified/x", null, true)]
    [InlineData("data/#", null, true)]
    [InlineData("#", null, true)]
    public async Task What_is_taboo(string topic, string? user, bool isAllowed)
    {
        await using var host = await AclHost.StartAsync("amqtt.plugins.topic_checking.TopicTabooPlugin: ");
        // Only a subscription can have wildcards.
        TopicAction[] actions = topic.Contains('#', StringComparison.Ordinal) ? [TopicAction.Subscribe] : Enum.GetValues<TopicAction>();
        foreach (var action in actions) Assert.Equal(isAllowed, await host.AllowsAsync(action, user, topic));
    }

    [Fact]
    public async Task A_wildcard_subscription_passes_and_its_taboo_deliveries_do_not()
    {
        await using var host = await PluginTestHost.StartAsync("plugins: [anonymous, topic_taboo]");
        var guest = await host.ConnectAsync("guest");
        await guest.SubscribeAsync("#");
        var admin = await host.ConnectAsync("boss", "admin");
        await admin.SubscribeAsync("#");
        await admin.PublishAsync("prohibited", "1", QoS.AtLeastOnce);
        await admin.PublishAsync("data/classified", "2", QoS.AtLeastOnce);
        await admin.PublishAsync("allowed", "3", QoS.AtLeastOnce);

        await guest.ExpectAsync("allowed", "3");
        await guest.ExpectNothingAsync();
        await admin.ExpectAsync("prohibited", "1");
        await admin.ExpectAsync("data/classified", "2");
        await admin.ExpectAsync("allowed", "3");
    }
}
