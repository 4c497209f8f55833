using Amqtt.Broker.Sessions;
using Amqtt.Plugins;

namespace Amqtt.Broker.Operations;

/// <summary>Adds up what the loops count, each on its own.</summary>
internal static class StatisticsReader
{
    private static readonly string Version = typeof(StatisticsReader).Assembly.GetName().Version?.ToString(fieldCount: 3) ?? "0.0.0";

    public static BrokerStatistics Read(BrokerState broker)
    {
        var sum = new BrokerStatistics
        {
            Version = Version,
            StartTime = broker.StartedAt,
            ClientsConnected = broker.ClientsConnected,
            ClientsMaximum = broker.ClientsMaximum,
            Subscriptions = broker.ClientSubscriptions,
            RetainedMessages = broker.Retained.Count,
            RetainedBytes = broker.Retained.Bytes,
        };
        foreach (Shard shard in broker.Shards) sum = Add(sum, shard);
        return sum;
    }

    private static BrokerStatistics Add(BrokerStatistics sum, Shard shard)
    {
        int sessions = 0;
        long inflightIn = 0, inflightOut = 0, queued = 0;
        foreach (Session session in shard.Sessions.All)
        {
            sessions++;
            inflightIn += session.InflightIn;
            inflightOut += session.InflightOut;
            queued += session.QueuedMessages;
        }

        return sum with
        {
            BytesReceived = sum.BytesReceived + shard.Loop.BytesReceived,
            BytesSent = sum.BytesSent + shard.Loop.BytesSent,
            PacketsReceived = sum.PacketsReceived + shard.Counters.PacketsReceived,
            PacketsSent = sum.PacketsSent + shard.Counters.PacketsSent,
            PublishReceived = sum.PublishReceived + shard.Counters.PublishReceived,
            PublishSent = sum.PublishSent + shard.Counters.PublishSent,
            PublishDropped = sum.PublishDropped + shard.Counters.Dropped.Sum(),
            PublishRefused = sum.PublishRefused + shard.Counters.PublishDenied,
            MessagesExpired = sum.MessagesExpired + shard.Counters.Expired,
            ClientsDisconnected = sum.ClientsDisconnected + shard.Counters.Disconnected,
            ClientsRefused = sum.ClientsRefused + shard.Counters.Refused,
            ProtocolErrors = sum.ProtocolErrors + shard.Counters.ProtocolErrors,
            Sessions = sum.Sessions + sessions,
            InflightIn = sum.InflightIn + inflightIn,
            InflightOut = sum.InflightOut + inflightOut,
            QueuedMessages = sum.QueuedMessages + queued,
        };
    }
}
