using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Client;

/// <summary>The broker acknowledged a message with an error (5.0): it was not accepted.</summary>
public sealed class PublishRefusedException : ClientException
{
    internal PublishRefusedException(ReasonCode reason, MqttProperties properties)
        : base($"The broker refused the message: {reason} (0x{(byte)reason:X2}){(properties.ReasonString is { } text ? $", {text}" : "")}.")
    {
        Reason = reason;
        Properties = properties;
    }

    /// <summary>The reason code of PUBACK or PUBREC.</summary>
    public ReasonCode Reason { get; }

    /// <summary>The properties of the acknowledgement.</summary>
    public MqttProperties Properties { get; }
}
