using System.Text;
using Amqtt.Protocol;

namespace Amqtt.Plugins;

/// <summary>Shorter ways to say the usual.</summary>
public static class BrokerExtensions
{
    /// <summary>Publishes bytes to all subscribers.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="topic">The topic name.</param>
    /// <param name="payload">The payload.</param>
    /// <param name="qos">The QoS; null = each subscriber's granted QoS.</param>
    /// <param name="retain">Whether it becomes the topic's retained message as well.</param>
    /// <param name="cancel">Stops waiting.</param>
    /// <inheritdoc cref="IBroker.PublishAsync"/>
    public static ValueTask<ReasonCode> PublishAsync(
        this IBroker broker, string topic, ReadOnlyMemory<byte> payload, QoS? qos = null, bool retain = false, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(broker);
        return broker.PublishAsync(new BrokerMessage { Topic = topic, Payload = payload, QoS = qos, Retain = retain }, options: null, cancel);
    }

    /// <summary>Publishes text, as UTF-8, to all subscribers.</summary>
    /// <inheritdoc cref="PublishAsync(IBroker, string, ReadOnlyMemory{byte}, QoS?, bool, CancellationToken)"/>
    public static ValueTask<ReasonCode> PublishAsync(
        this IBroker broker, string topic, string payload, QoS? qos = null, bool retain = false, CancellationToken cancel = default)
        => broker.PublishAsync(topic, Encoding.UTF8.GetBytes(payload), qos, retain, cancel);

    /// <summary>Sets the retained message of a topic, or clears it if the payload is empty, without publishing anything.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="topic">The topic name.</param>
    /// <param name="payload">The payload.</param>
    /// <param name="qos">The highest QoS it is sent with; null = each subscriber's granted QoS.</param>
    /// <param name="cancel">Stops waiting.</param>
    /// <inheritdoc cref="IBroker.RetainAsync"/>
    public static ValueTask<ReasonCode> RetainAsync(this IBroker broker, string topic, ReadOnlyMemory<byte> payload, QoS? qos = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(broker);
        return broker.RetainAsync(new BrokerMessage { Topic = topic, Payload = payload, QoS = qos }, cancel);
    }

    /// <summary>Sets the retained message of a topic to text, as UTF-8, without publishing anything.</summary>
    /// <inheritdoc cref="RetainAsync(IBroker, string, ReadOnlyMemory{byte}, QoS?, CancellationToken)"/>
    public static ValueTask<ReasonCode> RetainAsync(this IBroker broker, string topic, string payload, QoS? qos = null, CancellationToken cancel = default)
        => broker.RetainAsync(topic, Encoding.UTF8.GetBytes(payload), qos, cancel);

    /// <summary>Clears the retained message of a topic.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="topic">The topic name.</param>
    /// <param name="cancel">Stops waiting.</param>
    public static async ValueTask ClearRetainedAsync(this IBroker broker, string topic, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(broker);
        await broker.RetainAsync(new BrokerMessage { Topic = topic }, cancel).ConfigureAwait(false);
    }
}
