using System.Runtime.InteropServices;

using Amqtt.Interop.Tests.Brokers;
using Amqtt.Interop.Tests.Clients;
using Amqtt.Interop.Tests.Processes;

using MQTTnet;

namespace Amqtt.Interop.Tests.Plugins;

/// <summary>An operator ends the process: everything ends in order, and the exit code says so (P-H1, P-A16).</summary>
[Collection(nameof(OutsidePluginCollection))]
public sealed class ShutdownTests(OutsidePlugin plugin)
{
    [Theory]
    [InlineData(PosixSignal.SIGTERM)]
    [InlineData(PosixSignal.SIGINT)]
    public async Task A_signal_ends_connections_then_plugins_then_the_process_with_0(PosixSignal signal)
    {
        using var folder = new TemporaryFolder();
        var port = FreePort.Next();
        await using var broker = await plugin.StartBrokerAsync(port, OutsidePlugin.RecorderYaml(port, folder.Path("journal")));
        using var client = new MqttClientFactory().CreateMqttClient();
        var disconnected = new TaskCompletionSource();
        client.DisconnectedAsync += _ =>
        {
            disconnected.TrySetResult();
            return Task.CompletedTask;
        };
        await client.ConnectAsync(MqttNetClient.Options(new Target(port, null), MqttVersion.V5).WithClientId("staying").Build(), TestContext.Current.CancellationToken);

        Assert.Equal(0, await broker.StopAsync(signal));

        using var patience = Patience.Begin();
        await disconnected.Task.WaitAsync(patience.Token);
        var lines = await File.ReadAllLinesAsync(folder.Path("journal"), TestContext.Current.CancellationToken);
        var last = lines.SkipWhile(line => line != "staying: connected as ").Skip(1);
        Assert.Equal(["broker: pre-shutdown", "staying: disconnected ServerShutdown", "broker: post-shutdown"], last);
    }
}
