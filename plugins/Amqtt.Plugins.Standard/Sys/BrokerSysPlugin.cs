using System.ComponentModel.DataAnnotations;
using System.Text;
using Amqtt.Protocol;
using Microsoft.Extensions.Logging;

namespace Amqtt.Plugins.Standard;

/// <summary>
/// Publishes what the broker counts below <c>$SYS/broker/</c>: the version once, retained, and 23 topics every interval. It observes no packets, so it costs nothing in between.
/// </summary>
[PluginAlias("sys")]
[PluginAlias("broker_sys")]
[PluginAlias("amqtt.plugins.sys.broker.BrokerSysPlugin")]
public sealed class BrokerSysPlugin(BrokerSysPlugin.Config config, BrokerContext context, ILogger<BrokerSysPlugin> logger) : BrokerPlugin
{
    private const string Root = "$SYS/broker/";

    private readonly ProcessUsage _usage = new(context.Time);

    /// <inheritdoc/>
    public override async ValueTask OnBrokerPreStartAsync(CancellationToken cancel)
    {
        await PublishAsync("version", $"Amqtt.NET version {context.Statistics.Version}", retain: true, cancel);
        if (config.SysInterval is not > 0 and var interval)
        {
            logger.LogWarning("sys_interval is {Interval}: nothing but the version is published below {Root}.", interval?.ToString() ?? "null", Root);
            return;
        }

        context.Every(TimeSpan.FromSeconds(config.SysInterval.Value), PublishAllAsync);
    }

    private async ValueTask PublishAllAsync(CancellationToken cancel)
    {
        foreach (var (topic, value) in SysTopics.Of(context.Statistics, _usage.Measure(), context.Time.GetUtcNow())) await PublishAsync(topic, value, retain: false, cancel);
    }

    private async ValueTask PublishAsync(string topic, string value, bool retain, CancellationToken cancel) => await context.PublishAsync(
        new BrokerMessage { Topic = Root + topic, Payload = Encoding.UTF8.GetBytes(value), QoS = (QoS?)config.Qos, Retain = retain },
        cancel: cancel);

    /// <summary>The options.</summary>
    public sealed class Config
    {
        /// <summary>Seconds between two publications; 0, negative or null: none but the version. Default 20.</summary>
        [Range(int.MinValue, 4_000_000)]
        public int? SysInterval { get; init; } = 20;

        /// <summary>The QoS of what is published, 0 to 2; null = the QoS that each subscriber was granted. Default null.</summary>
        [Range(0, 2)]
        public int? Qos { get; init; }
    }
}
