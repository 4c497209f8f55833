namespace Amqtt.Protocol;

/// <summary>
/// Bytes that are not a valid packet, or a packet object that cannot be put on the wire. The only exception the codec throws.
/// The connection it came from is to be closed [MQTT-4.13.1-1]; its message names packet, place and expectation, and never
/// quotes text from the network.
/// </summary>
public class CodecException : MqttException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="reason">The reason code to report to a peer that can read one (5.0).</param>
    /// <param name="message">Packet, place, what was wrong and what would be right.</param>
    public CodecException(ReasonCode reason, string message)
        : base(message) => Reason = reason;

    /// <summary>
    /// The reason code: <see cref="ReasonCode.MalformedPacket"/> when the bytes cannot be parsed,
    /// <see cref="ReasonCode.ProtocolError"/> when they can but must not be so, or a more precise code.
    /// </summary>
    public ReasonCode Reason { get; }

    /// <summary>
    /// The protocol version in force where the error was found, if it was known. In an error of CONNECT it tells
    /// whether the peer can read a CONNACK with a reason code (<see cref="ProtocolVersion.V5"/>).
    /// </summary>
    public ProtocolVersion? Version { get; init; }
}
