using System.Buffers;
using System.Text;
using Amqtt.Client.Configuration;
using Amqtt.Client.Connections;
using Amqtt.Client.Diagnostics;
using Amqtt.Client.Publishing;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Client;

/// <summary>Publishing.</summary>
public sealed partial class MqttClient
{
    private static readonly PublishOptions Plain = new();

    /// <summary>
    /// Publishes a message. Completes when its QoS flow is complete; at QoS 0 when it was accepted for sending, for which a client that is ahead of the network waits.
    /// </summary>
    /// <param name="topic">The topic name.</param>
    /// <param name="payload">The payload. Must not change before the publish has completed.</param>
    /// <param name="qos">The QoS; null = what the options say for the topic.</param>
    /// <param name="retain">RETAIN; null = what the options say for the topic.</param>
    /// <param name="options">Properties and a time-out.</param>
    /// <param name="cancellationToken">Gives up waiting. A message of QoS 1 or 2 that was sent stays in the session.</param>
    /// <returns>The message and its packets. Await it once.</returns>
    /// <exception cref="ClientException">A QoS that does not exist; no connection, and none will come; the broker does not take such messages.</exception>
    /// <exception cref="PublishRefusedException">The broker refused the message (5.0).</exception>
    /// <exception cref="MqttException">The topic is no topic name.</exception>
    /// <exception cref="TimeoutException">The time-out of <paramref name="options"/> has passed.</exception>
    public ValueTask<PublishResult> PublishAsync(
        string topic, ReadOnlyMemory<byte> payload, QoS? qos = null, bool? retain = null, PublishOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(topic);
        if (_disposed)
            ObjectDisposedException.ThrowIf(_disposed, this);
        var entry = _topics.Get(topic);
        var (level, keep) = Effective(topic, qos, retain);
        options ??= Plain;
        if (Tracing.IsOn || cancellationToken.CanBeCanceled || options.AckTimeout is not null)
            return PublishSlowlyAsync(entry, payload, level, keep, options, cancellationToken);

        var properties = options.Properties;
        if (_hooks.WantsPublishes)
            _hooks.Published(topic, payload, level, keep, properties);
        var raw = Encode(properties);
        if (level == QoS.AtMostOnce && _outbox.TrySendNow(entry, payload.Span, keep, raw.Span))
            return new(new PublishResult { Topic = topic, Payload = payload, Retain = keep, Properties = properties, AckProperties = MqttProperties.Empty });
        return _outbox.Send(_outbox.Rent(pooled: true).Set(entry, payload, level, keep, properties, raw));
    }

    /// <summary>Publishes text as UTF-8.</summary>
    /// <inheritdoc cref="PublishAsync(string, ReadOnlyMemory{byte}, QoS?, bool?, PublishOptions?, CancellationToken)"/>
    public ValueTask<PublishResult> PublishAsync(
        string topic, string payload, QoS? qos = null, bool? retain = null, PublishOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(payload);
        return PublishAsync(topic, Encoding.UTF8.GetBytes(payload), qos, retain, options, cancellationToken);
    }

    /// <summary>Publishes a payload in several pieces.</summary>
    /// <inheritdoc cref="PublishAsync(string, ReadOnlyMemory{byte}, QoS?, bool?, PublishOptions?, CancellationToken)"/>
    public ValueTask<PublishResult> PublishAsync(
        string topic, ReadOnlySequence<byte> payload, QoS? qos = null, bool? retain = null, PublishOptions? options = null, CancellationToken cancellationToken = default) =>
        PublishAsync(topic, payload.IsSingleSegment ? payload.First : payload.ToArray(), qos, retain, options, cancellationToken);

    /// <summary>Publishes a payload that the program writes.</summary>
    /// <param name="topic">The topic name.</param>
    /// <param name="write">Writes the payload; called before this returns.</param>
    /// <param name="qos">The QoS; null = what the options say for the topic.</param>
    /// <param name="retain">RETAIN; null = what the options say for the topic.</param>
    /// <param name="options">Properties and a time-out.</param>
    /// <param name="cancellationToken">Gives up waiting. A message of QoS 1 or 2 that was sent stays in the session.</param>
    /// <inheritdoc cref="PublishAsync(string, ReadOnlyMemory{byte}, QoS?, bool?, PublishOptions?, CancellationToken)"/>
    public ValueTask<PublishResult> PublishAsync(
        string topic, Action<IBufferWriter<byte>> write, QoS? qos = null, bool? retain = null, PublishOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(write);
        var buffer = new ArrayBufferWriter<byte>();
        write(buffer);
        return PublishAsync(topic, buffer.WrittenMemory, qos, retain, options, cancellationToken);
    }

    private async ValueTask<PublishResult> PublishSlowlyAsync(TopicEntry topic, ReadOnlyMemory<byte> payload, QoS qos, bool retain, PublishOptions options, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        using var activity = Tracing.Publish(topic.Text);
        var properties = Tracing.Inject(activity, options.Properties);
        if (_hooks.WantsPublishes)
            _hooks.Published(topic.Text, payload, qos, retain, properties);
        var message = _outbox.Rent(pooled: false).Set(topic, payload, qos, retain, properties, Encode(properties));
        using var limit = new Limit(options.AckTimeout, _services.Time, cancel);
        try
        {
            return await limit.Run(_ => _outbox.Send(message));
        }
        catch (Exception error) when (error is OperationCanceledException or TimeoutException)
        {
            _outbox.Abandon(message);
            throw;
        }
    }

    private (QoS QoS, bool Retain) Effective(string topic, QoS? qos, bool? retain)
    {
        if (qos is null || retain is null)
        {
            TopicOptions? own = null;
            if (_options.Topics.Count > 0)
                _options.Topics.TryGetValue(topic, out own);
            qos ??= (QoS)(own?.Qos ?? _options.DefaultQos);
            retain ??= own?.Retain ?? _options.DefaultRetain;
        }

        if (qos.Value > QoS.ExactlyOnce)
            throw new ClientException($"QoS {(int)qos.Value} does not exist; it is 0, 1 or 2.");
        return (qos.Value, retain.Value);
    }

    private ReadOnlyMemory<byte> Encode(MqttProperties properties) =>
        ReferenceEquals(properties, MqttProperties.Empty) || _options.ProtocolVersion != ProtocolVersion.V5 ? default : PublishProperties.Encode(properties);
}
