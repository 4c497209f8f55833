namespace Amqtt.Protocol;

/// <summary>
/// CONNECT names a protocol level that does not exist, or that does not belong to its protocol name (<c>MQIsdp</c> is level 3,
/// <c>MQTT</c> is 4 or 5; a bridge may add 0x80 to 3 and 4) [MQTT-3.1.2-2].
/// </summary>
public sealed class UnsupportedProtocolVersionException : CodecException
{
    /// <summary>Creates the exception for the level byte found in CONNECT.</summary>
    public UnsupportedProtocolVersionException(byte level, bool expectsReturnCode, string message)
        : base(ReasonCode.UnsupportedProtocolVersion, message)
    {
        Level = level;
        ExpectsReturnCode = expectsReturnCode;
    }

    /// <summary>The protocol level byte as the client sent it.</summary>
    public byte Level { get; }

    /// <summary>
    /// Whether the client expects CONNACK with return code 1, as before 5.0, and not with reason 0x84: its level is not above 5, or its CONNECT is laid out as that of 3.1.1 is.
    /// </summary>
    public bool ExpectsReturnCode { get; }
}
