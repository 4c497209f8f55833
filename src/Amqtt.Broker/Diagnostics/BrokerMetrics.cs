using System.Diagnostics.Metrics;
using Amqtt.Broker.Configuration;
using Amqtt.Broker.Sessions;
using Amqtt.Plugins;
using Amqtt.Runtime.Configuration.Binding;

namespace Amqtt.Broker.Diagnostics;

/// <summary>
/// The meter <c>Amqtt.Broker</c>. Everything is counted by the loops and read only when somebody collects, so that counting costs no more than an increment. Labels are reasons and
/// listeners, never client ids or topics. The scope of the meter is the <see cref="BrokerOptions"/>, which tells the brokers of one program apart.
/// </summary>
internal sealed class BrokerMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Amqtt.Broker";

    private static readonly string[] DropReasons = Array.ConvertAll(Enum.GetNames<DropReason>(), KeyNames.Snake);

    private readonly BrokerState _broker;
    private readonly Meter _meter;

    public BrokerMetrics(BrokerState broker)
    {
        _broker = broker;
        _meter = new Meter(new MeterOptions(MeterName) { Scope = broker.Options });
        _meter.CreateObservableCounter("amqtt.broker.refusals", Refused, "{refusal}", "Connections refused or cut and requests turned down, by reason and listener.");
        _meter.CreateObservableCounter("amqtt.broker.messages.dropped", Dropped, "{message}", "Messages dropped on their way to a receiver, by reason.");
        Total("amqtt.broker.messages.expired", "{message}", "Messages that expired before they were delivered.", static c => c.Expired);
        Total("amqtt.broker.messages.received", "{message}", "PUBLISH packets received.", static c => c.PublishReceived);
        Total("amqtt.broker.messages.sent", "{message}", "PUBLISH packets sent.", static c => c.PublishSent);
        Total("amqtt.broker.packets.received", "{packet}", "Packets received.", static c => c.PacketsReceived);
        Total("amqtt.broker.packets.sent", "{packet}", "Packets sent.", static c => c.PacketsSent);
        Total("amqtt.broker.clients.connected", "{client}", "Clients accepted.", static c => c.Connected);
        Total("amqtt.broker.clients.disconnected", "{client}", "Clients whose connection has ended.", static c => c.Disconnected);
        _meter.CreateObservableCounter("amqtt.broker.bytes.received", () => Sum(static s => s.Loop.BytesReceived), "By", "Bytes of the packets received.");
        _meter.CreateObservableCounter("amqtt.broker.bytes.sent", () => Sum(static s => s.Loop.BytesSent), "By", "Bytes of the packets sent.");
        _meter.CreateObservableUpDownCounter("amqtt.broker.connections", () => broker.Connections, "{connection}", "Open connections.");
        _meter.CreateObservableUpDownCounter("amqtt.broker.sessions", () => broker.SessionQuota.Count, "{session}", "Sessions that outlive their connections.");
        _meter.CreateObservableUpDownCounter("amqtt.broker.subscriptions", () => broker.ClientSubscriptions, "{subscription}", "Subscriptions of clients.");
        _meter.CreateObservableUpDownCounter("amqtt.broker.retained.messages", () => broker.Retained.Count, "{message}", "Retained messages.");
        _meter.CreateObservableUpDownCounter("amqtt.broker.retained.bytes", () => broker.Retained.Bytes, "By", "Bytes of the retained messages.");
        _meter.CreateObservableGauge("amqtt.broker.memory.pressure", () => (int)broker.Memory.Pressure, "{step}", "What is given up to stay within max_memory: 0 nothing to 4 the largest queues.");
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private void Total(string name, string unit, string description, Func<LoopCounters, long> counter) =>
        _meter.CreateObservableCounter(name, () => Sum(shard => counter(shard.Counters)), unit, description);

    private long Sum(Func<Shard, long> value)
    {
        long sum = 0;
        foreach (Shard shard in _broker.Shards) sum += value(shard);
        return sum;
    }

    private IEnumerable<Measurement<long>> Refused()
    {
        foreach (Refusals refusals in _broker.AllRefusals)
        {
            for (int i = 0; i < Refusals.Labels.Count; i++)
            {
                if (refusals[(Refusal)i] is > 0 and var count)
                    yield return new Measurement<long>(count, new("reason", Refusals.Labels[i]), new("listener", refusals.Listener));
            }
        }
    }

    private IEnumerable<Measurement<long>> Dropped()
    {
        for (int i = 0; i < DropReasons.Length; i++)
        {
            int reason = i;
            if (Sum(shard => Volatile.Read(ref shard.Counters.Dropped[reason])) is > 0 and var count)
                yield return new Measurement<long>(count, new KeyValuePair<string, object?>("reason", DropReasons[i]));
        }
    }
}
