using System.Diagnostics.Metrics;
using Amqtt.Protocol;

namespace Amqtt.Client.Diagnostics;

/// <summary>The meter <c>Amqtt.Client</c>. It never carries client identifiers or topics.</summary>
internal sealed class ClientMetrics : IDisposable
{
    public const string Name = "Amqtt.Client";

    private readonly Meter _meter = new(Name);
    private readonly Counter<long> _sent;
    private readonly Counter<long> _received;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _connects;
    private readonly Counter<long> _bytes;

    public ClientMetrics()
    {
        _sent = _meter.CreateCounter<long>("amqtt.client.messages.sent", description: "Messages sent, by QoS.");
        _received = _meter.CreateCounter<long>("amqtt.client.messages.received", description: "Messages received, by QoS.");
        _dropped = _meter.CreateCounter<long>("amqtt.client.messages.dropped", description: "Messages dropped, by reason.");
        _connects = _meter.CreateCounter<long>("amqtt.client.connects", description: "Attempts to connect, by outcome.");
        _bytes = _meter.CreateCounter<long>("amqtt.client.network.bytes", unit: "By", description: "Bytes on the network, by direction.");
    }

    public void Sent(QoS qos)
    {
        if (_sent.Enabled)
            _sent.Add(1, new KeyValuePair<string, object?>("qos", (int)qos));
    }

    public void Received(QoS qos)
    {
        if (_received.Enabled)
            _received.Add(1, new KeyValuePair<string, object?>("qos", (int)qos));
    }

    public void Dropped(string reason) => _dropped.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void Connect(string outcome) => _connects.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public void Bytes(string direction, int count)
    {
        if (_bytes.Enabled)
            _bytes.Add(count, new KeyValuePair<string, object?>("direction", direction));
    }

    public void Dispose() => _meter.Dispose();
}
