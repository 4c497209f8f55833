using Amqtt.Broker.Configuration;
using Amqtt.Broker.Tests.Support;
using Amqtt.Runtime.Plugins;
using Microsoft.Extensions.Logging;

namespace Amqtt.Broker.Tests.Reload;

/// <summary>What a reload has to say about plugins that it can do without.</summary>
public sealed class ReloadLogTests
{
    [Fact]
    public async Task Says_what_is_odd_about_plugins_as_a_start_does()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("amqtt-reload-");
        try
        {
            await using TestBroker broker = await TestBroker.StartAsync(Link.Memory);
            folder.CreateSubdirectory("Acme.Empty");
            var options = new BrokerOptions { EventLoops = 2, PluginPath = folder.FullName, Plugins = new PluginCollection().Add("anonymous") };
            await broker.Broker.ReloadAsync(options, TestContext.Current.CancellationToken);
            Assert.Contains(broker.Log.Lines, static line =>
                line is { Category: "amqtt.broker.plugins", Level: LogLevel.Warning } && line.Text.EndsWith("has no Acme.Empty.dll and is skipped", StringComparison.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
