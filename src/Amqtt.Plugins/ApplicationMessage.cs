using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Plugins;

/// <summary>A message on its way from a publisher to subscribers; immutable, and the plugin's to keep.</summary>
public sealed class ApplicationMessage
{
    /// <summary>The topic name, after aliases are resolved.</summary>
    public required string Topic { get; init; }

    /// <summary>The payload.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>The QoS it was published with.</summary>
    public QoS QoS { get; init; }

    /// <summary>The RETAIN flag it was published with.</summary>
    public bool Retain { get; init; }

    /// <summary>The properties of an message; empty before MQTT 5.</summary>
    public MqttProperties Properties { get; init; } = MqttProperties.Empty;
}
