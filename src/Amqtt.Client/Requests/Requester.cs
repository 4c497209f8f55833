using System.Buffers.Binary;
using System.Collections.Concurrent;
using Amqtt.Client.Connections;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Client.Requests;

/// <summary>Requests and their answers (5.0, section 4.10): one response topic for the client, and correlation data that tells the answers apart.</summary>
internal sealed class Requester(MqttClient client) : IDisposable
{
    private const string Prefix = "amqtt/response";
    private readonly ConcurrentDictionary<ulong, TaskCompletionSource<ReceivedMessage>> _open = new();
    private readonly SemaphoreSlim _subscribing = new(1, 1);
    private readonly string _topic = $"{Prefix}/{Guid.NewGuid():N}";
    private MqttSubscription? _answers;
    private long _last;

    public async Task<ReceivedMessage> SendAsync(string topic, ReadOnlyMemory<byte> payload, QoS? qos, PublishOptions options, Limit limit)
    {
        await SubscribeAsync(limit.Token);
        var id = (ulong)Interlocked.Increment(ref _last);
        var correlation = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(correlation, id);
        var answer = new TaskCompletionSource<ReceivedMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        _open[id] = answer;
        try
        {
            await client.PublishAsync(topic, payload, qos, retain: false, options with { Properties = Address(options.Properties, correlation) }, limit.Token);
            return await answer.Task.WaitAsync(limit.Token);
        }
        finally
        {
            _open.TryRemove(id, out _);
        }
    }

    public void Dispose() => _subscribing.Dispose();

    private async Task SubscribeAsync(CancellationToken cancel)
    {
        // The subscription ends with the client's connection for good; a client that is connected anew subscribes anew.
        await _subscribing.WaitAsync(cancel);
        try
        {
            if (_answers is null || _answers.IsEnded)
                _answers = await client.SubscribeAsync(_topic, Answered, QoS.AtLeastOnce, cancellationToken: cancel);
        }
        finally
        {
            _subscribing.Release();
        }
    }

    private ValueTask Answered(ReceivedMessage message, CancellationToken cancel)
    {
        if (message.Properties.CorrelationData is { Length: sizeof(ulong) } correlation
            && _open.TryRemove(BinaryPrimitives.ReadUInt64BigEndian(correlation.Span), out var waiting))
            waiting.TrySetResult(message);
        return default;
    }

    private MqttProperties Address(MqttProperties own, byte[] correlation) => new()
    {
        PayloadFormatIndicator = own.PayloadFormatIndicator,
        MessageExpiryInterval = own.MessageExpiryInterval,
        ContentType = own.ContentType,
        UserProperties = own.UserProperties,
        ResponseTopic = _topic,
        CorrelationData = correlation,
    };
}
