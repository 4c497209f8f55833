using System.Globalization;

namespace Amqtt.Plugins.Standard;

/// <summary>The topics that are published every interval, and their values: decimal text, as aMQTT writes it.</summary>
internal static class SysTopics
{
    private const decimal BytesPerMiB = 1024 * 1024;

    /// <summary>All of them, without <c>$SYS/broker/</c>.</summary>
    public static IEnumerable<(string Topic, string Value)> Of(BrokerStatistics broker, ProcessUsage.Sample process, DateTimeOffset now) =>
    [
        ("load/bytes/received", Whole(broker.BytesReceived)),
        ("load/bytes/sent", Whole(broker.BytesSent)),
        ("messages/received", Whole(broker.PacketsReceived)),
        ("messages/sent", Whole(broker.PacketsSent)),
        ("messages/publish/received", Whole(broker.PublishReceived)),
        ("messages/publish/sent", Whole(broker.PublishSent)),
        ("time", Whole(now.ToUnixTimeSeconds())),
        ("uptime", Whole((long)(now - broker.StartTime).TotalSeconds)),
        ("uptime/formatted", broker.StartTime.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:sszzz", CultureInfo.InvariantCulture)),
        ("clients/connected", Whole(broker.ClientsConnected)),
        ("clients/disconnected", Whole(broker.ClientsDisconnected)),
        ("clients/maximum", Whole(broker.ClientsMaximum)),
        ("clients/total", Whole(broker.ClientsTotal)),
        ("messages/inflight", Whole(broker.InflightIn + broker.InflightOut)),
        ("messages/inflight/in", Whole(broker.InflightIn)),
        ("messages/inflight/out", Whole(broker.InflightOut)),
        ("messages/inflight/stored", Whole(broker.QueuedMessages + broker.RetainedMessages)),
        ("messages/retained/count", Whole(broker.RetainedMessages)),
        ("messages/subscriptions/count", Whole(broker.Subscriptions)),
        ("heap/size", Thousandths(process.Memory / BytesPerMiB)),
        ("heap/maximum", Thousandths(process.MemoryMaximum / BytesPerMiB)),
        ("cpu/percent", Thousandths(process.Cpu)),
        ("cpu/maximum", Thousandths(process.CpuMaximum)),
    ];

    private static string Whole(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Thousandths(decimal number) => Math.Round(number, 3, MidpointRounding.AwayFromZero).ToString("0.000", CultureInfo.InvariantCulture);
}
