namespace Amqtt.Protocol;

/// <summary>The version of the protocol a connection speaks. The value is the protocol level byte of CONNECT.</summary>
public enum ProtocolVersion : byte
{
    /// <summary>MQTT 3.1 (protocol name <c>MQIsdp</c>).</summary>
    V31 = 3,

    /// <summary>MQTT 3.1.1 (OASIS, 2014).</summary>
    V311 = 4,

    /// <summary>MQTT 5.0 (OASIS, 2019).</summary>
    V5 = 5,
}
