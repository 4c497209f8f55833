namespace Amqtt.Protocol;

/// <summary>What is known about reason codes: success or failure, the packets they belong to, their older counterparts.</summary>
public static class ReasonCodes
{
    // One bit per code, 64 codes a word: words 0 (0x00..0x3F) and 2 (0x80..0xBF) are the only ones in use.
    private const ulong Ok = 1UL << 0x00;
    private const ulong AckErrors = 1UL << 0x00 | 1UL << 0x03 | 1UL << 0x07 | 1UL << 0x10 | 1UL << 0x11 | 1UL << 0x17 | 1UL << 0x19;
    private const ulong SubscribeErrors = 1UL << 0x00 | 1UL << 0x03 | 1UL << 0x07 | 1UL << 0x0F | 1UL << 0x11;
    private const ulong SharedDisconnectErrors = 0b1111UL | 1UL << 0x10 | 0x7FUL << 0x13;

    /// <summary>True for codes of 0x80 and above: the operation failed (section 2.4).</summary>
    public static bool IsError(this ReasonCode reason) => reason >= ReasonCode.UnspecifiedError;

    /// <summary>
    /// The CONNACK return code of 3.1 and 3.1.1 nearest to this reason. Reasons without a counterpart become
    /// <see cref="ConnectReturnCode.ServerUnavailable"/>, those that refuse what the client asked for
    /// <see cref="ConnectReturnCode.NotAuthorized"/>.
    /// </summary>
    public static ConnectReturnCode ToReturnCode(this ReasonCode reason) => reason switch
    {
        < ReasonCode.UnspecifiedError => ConnectReturnCode.Accepted,
        ReasonCode.UnsupportedProtocolVersion => ConnectReturnCode.UnacceptableProtocolVersion,
        ReasonCode.ClientIdentifierNotValid => ConnectReturnCode.IdentifierRejected,
        ReasonCode.BadUserNameOrPassword => ConnectReturnCode.BadUserNameOrPassword,
        ReasonCode.NotAuthorized or ReasonCode.Banned or ReasonCode.BadAuthenticationMethod
            or ReasonCode.TopicNameInvalid or ReasonCode.PayloadFormatInvalid
            or ReasonCode.RetainNotSupported or ReasonCode.QoSNotSupported => ConnectReturnCode.NotAuthorized,
        _ => ConnectReturnCode.ServerUnavailable,
    };

    /// <summary>The reason code that stands for a CONNACK return code of 3.1 or 3.1.1.</summary>
    public static ReasonCode ToReasonCode(this ConnectReturnCode returnCode) => returnCode switch
    {
        ConnectReturnCode.Accepted => ReasonCode.Success,
        ConnectReturnCode.UnacceptableProtocolVersion => ReasonCode.UnsupportedProtocolVersion,
        ConnectReturnCode.IdentifierRejected => ReasonCode.ClientIdentifierNotValid,
        ConnectReturnCode.ServerUnavailable => ReasonCode.ServerUnavailable,
        ConnectReturnCode.BadUserNameOrPassword => ReasonCode.BadUserNameOrPassword,
        _ => ReasonCode.NotAuthorized,
    };

    /// <summary>
    /// Whether a 5.0 packet of this type, coming from that side, may carry the reason
    /// [MQTT-3.2.2-8, 3.4.2-1, 3.5.2-1, 3.6.2-1, 3.7.2-1, 3.9.3-2, 3.11.3-2, 3.14.2-1, 3.15.2-1].
    /// </summary>
    public static bool IsAllowedIn(this ReasonCode reason, PacketType packet, PacketSender sender = PacketSender.Either)
    {
        var (successes, errors) = AllowedIn(packet, sender);
        var word = ((byte)reason >> 6) switch { 0 => successes, 2 => errors, _ => 0UL };
        return (word >> ((byte)reason & 63) & 1) != 0;
    }

    private static (ulong Successes, ulong Errors) AllowedIn(PacketType packet, PacketSender sender) => packet switch
    {
        // 80-8A, 8C, 90, 95, 97, 99-9D, 9F
        PacketType.ConnAck => (Ok, 0x7FFUL | 1UL << 0x0C | 1UL << 0x10 | 1UL << 0x15 | 1UL << 0x17 | 0x1FUL << 0x19 | 1UL << 0x1F),
        // 10; 80, 83, 87, 90, 91, 97, 99
        PacketType.PubAck or PacketType.PubRec => (Ok | 1UL << 0x10, AckErrors),
        // 92
        PacketType.PubRel or PacketType.PubComp => (Ok, 1UL << 0x12),
        // 00-02; 80, 83, 87, 8F, 91, 97, 9E, A1, A2
        PacketType.SubAck => (0b111UL, SubscribeErrors | 1UL << 0x17 | 1UL << 0x1E | 0b11UL << 0x21),
        // 11; 80, 83, 87, 8F, 91
        PacketType.UnsubAck => (Ok | 1UL << 0x11, SubscribeErrors),
        PacketType.Disconnect => AllowedInDisconnect(sender),
        PacketType.Auth => sender switch
        {
            PacketSender.Client => (0b11UL << 0x18, 0UL),
            PacketSender.Server => (Ok | 1UL << 0x18, 0UL),
            _ => (Ok | 0b11UL << 0x18, 0UL),
        },
        _ => (0UL, 0UL),
    };

    private static (ulong Successes, ulong Errors) AllowedInDisconnect(PacketSender sender)
    {
        // 00, 04; 80-83, 90, 93-99. The prose of 3.2.2.3.4 lets a client answer an excessive QoS with 9B.
        const ulong clientSuccesses = Ok | 1UL << 0x04;
        const ulong clientErrors = SharedDisconnectErrors | 1UL << 0x0C | 1UL << 0x1B;

        // 00; 80-83, 87, 89, 8B-8F, 90, 93-9F, A0-A2. 8C is in the general table of section 2.4 only.
        const ulong serverErrors = SharedDisconnectErrors | 1UL << 0x07 | 1UL << 0x09 | 0x1FUL << 0x0B | 0x3FUL << 0x1A | 0b111UL << 0x20;

        return sender switch
        {
            PacketSender.Client => (clientSuccesses, clientErrors),
            PacketSender.Server => (Ok, serverErrors),
            _ => (clientSuccesses, clientErrors | serverErrors),
        };
    }
}
