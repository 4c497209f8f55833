using Amqtt.Interop.Tests.Brokers;
using Amqtt.Interop.Tests.Clients;
using Amqtt.Interop.Tests.Processes;

using MQTTnet;
using MQTTnet.Protocol;

namespace Amqtt.Interop.Tests.Plugins;

/// <summary>The plugin sees and decides what clients do, in a broker that has never heard of it but for its YAML.</summary>
[Collection(nameof(OutsidePluginCollection))]
public sealed class OutsidePluginTests(OutsidePlugin plugin)
{
    // PF-1
    [Fact]
    public async Task The_classes_of_the_page_load_from_its_YAML_and_log_the_option()
    {
        var port = FreePort.Next();
        await using var broker = await plugin.StartBrokerAsync(port, Documentation.Block("docs/plugins.md", "Writing a plugin", "yaml").Replace("0.0.0.0:1883", $"127.0.0.1:{port}", StringComparison.Ordinal));
        await broker.LogLineAsync(line => line.EndsWith("before start, option1 is 123", StringComparison.Ordinal));
        Assert.Equal(0, await broker.StopAsync());
    }

    [Fact]
    public async Task The_plugin_of_the_README_does_what_it_says()
    {
        var port = FreePort.Next();
        await using var broker = await plugin.StartBrokerAsync(port, Documentation.Block("README.md", "A plugin", "yaml").Replace("127.0.0.1:1883", $"127.0.0.1:{port}", StringComparison.Ordinal));

        using var client = new MqttClientFactory().CreateMqttClient();
        await client.ConnectAsync(MqttNetClient.Options(new Target(port, null), MqttVersion.V5).Build(), TestContext.Current.CancellationToken);
        Assert.Equal(MqttClientPublishReasonCode.NotAuthorized, await PublishAsync(client, "secret/plan"));
        Assert.NotEqual(MqttClientPublishReasonCode.NotAuthorized, await PublishAsync(client, "public/plan"));
        await client.DisconnectAsync(cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(0, await broker.StopAsync());
    }

    [Fact]
    public async Task Its_configuration_is_filled_its_events_come_in_order_and_its_roles_decide()
    {
        using var folder = new TemporaryFolder();
        var (port, journal) = (FreePort.Next(), folder.Path("journal"));
        await using var broker = await plugin.StartBrokerAsync(port, OutsidePlugin.RecorderYaml(port, journal));
        var target = new Target(port, null);

        using (var mallory = new MqttClientFactory().CreateMqttClient())
        {
            var refusal = await ConnectAsync(mallory, target, "mallory");
            Assert.Equal(MqttClientConnectResultCode.Banned, refusal.ResultCode);
            Assert.Equal("not you", refusal.ReasonString);
        }

        using (var alice = new MqttClientFactory().CreateMqttClient())
        {
            Assert.Equal(MqttClientConnectResultCode.Success, (await ConnectAsync(alice, target, "alice")).ResultCode);
            Assert.Equal(MqttClientSubscribeResultCode.GrantedQoS1, await SubscribeAsync(alice, "public/#"));
            Assert.Equal(MqttClientSubscribeResultCode.NotAuthorized, await SubscribeAsync(alice, OutsidePlugin.SealedTopic));
            Assert.Equal(MqttClientPublishReasonCode.NotAuthorized, await PublishAsync(alice, OutsidePlugin.SealedTopic));
            Assert.Equal(MqttClientPublishReasonCode.Success, await PublishAsync(alice, "public/news"));
            await alice.UnsubscribeAsync("public/#", TestContext.Current.CancellationToken);
            await alice.DisconnectAsync(cancellationToken: TestContext.Current.CancellationToken);
        }

        Assert.Equal(0, await broker.StopAsync());
        var lines = await File.ReadAllLinesAsync(journal, TestContext.Current.CancellationToken);
        Assert.Equal(
            ["pre-start mallory [vault/door,vault/key] 00:00:05 ; 1", "post-start", "pre-shutdown", "post-shutdown"],
            Of(lines, "broker"));
        Assert.Equal(["refused mallory Banned"], Of(lines, "mallory"));
        Assert.Equal(
            [
                "connected as alice",
                "subscribed public/# AtLeastOnce",
                $"received {OutsidePlugin.SealedTopic} AtLeastOnce text",
                "received public/news AtLeastOnce text",
                "broadcast public/news AtLeastOnce text",
                "unsubscribed public/# Asked",
                "disconnected ClientDisconnect",
            ],
            Of(lines, "alice"));
        Assert.StartsWith("broker: pre-start", lines[0], StringComparison.Ordinal);
        Assert.Equal("broker: post-shutdown", lines[^1]);
    }

    private static IEnumerable<string> Of(string[] journal, string who) =>
        journal.Where(line => line.StartsWith(who + ": ", StringComparison.Ordinal)).Select(line => line[(who.Length + 2)..]);

    private static Task<MqttClientConnectResult> ConnectAsync(IMqttClient client, Target target, string user) => client.ConnectAsync(
        MqttNetClient.Options(target, MqttVersion.V5).WithClientId(user).WithCredentials(user, "password").Build(),
        TestContext.Current.CancellationToken);

    private static async Task<MqttClientSubscribeResultCode> SubscribeAsync(IMqttClient client, string filter)
    {
        var result = await client.SubscribeAsync(filter, MqttQualityOfServiceLevel.AtLeastOnce, TestContext.Current.CancellationToken);
        return Assert.Single(result.Items).ResultCode;
    }

    private static async Task<MqttClientPublishReasonCode> PublishAsync(IMqttClient client, string topic)
    {
        var result = await client.PublishStringAsync(topic, "text", MqttQualityOfServiceLevel.AtLeastOnce, cancellationToken: TestContext.Current.CancellationToken);
        return result.ReasonCode;
    }
}
