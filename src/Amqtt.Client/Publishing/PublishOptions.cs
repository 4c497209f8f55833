using Amqtt.Protocol.Packets;

namespace Amqtt.Client;

/// <summary>What one publish says beyond topic, payload, QoS and RETAIN. May be shared by many publishes.</summary>
public sealed record PublishOptions
{
    /// <summary>Properties of the message (5.0): expiry, content type, response topic, user properties. Not sent before 5.0.</summary>
    public MqttProperties Properties { get; init; } = MqttProperties.Empty;

    /// <summary>How long to wait for the end of the QoS flow; null = as long as it takes. Then <see cref="TimeoutException"/>, and the message stays in the session.</summary>
    public TimeSpan? AckTimeout { get; init; }
}
