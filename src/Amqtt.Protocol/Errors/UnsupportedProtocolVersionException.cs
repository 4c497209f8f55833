namespace Amqtt.Protocol;

/// <summary>
/// CONNECT names a protocol level that does not exist, or that does not belong to its protocol name (<c>MQIsdp</c> is level 3,
/// <c>MQTT</c> is 4 or 5; a bridge may add 0x80 to 3 and 4). Levels up to 4 expect CONNACK 1, higher ones CONNACK 0x84 in the form of 5.0 [MQTT-3.1.2-2].
/// </summary>
public sealed class UnsupportedProtocolVersionException : CodecException
{
    /// <summary>Creates the exception for the level byte found in CONNECT.</summary>
    public UnsupportedProtocolVersionException(byte level, string message)
        : base(ReasonCode.UnsupportedProtocolVersion, message) => Level = level;

    /// <summary>The protocol level byte as the client sent it.</summary>
    public byte Level { get; }
}
