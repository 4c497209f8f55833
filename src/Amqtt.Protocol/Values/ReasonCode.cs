namespace Amqtt.Protocol;

/// <summary>
/// Reason codes of MQTT 5.0 (section 2.4). Values below 0x80 are successes. The library uses them for every version;
/// <see cref="ReasonCodes.ToReturnCode"/> translates for 3.1 and 3.1.1.
/// </summary>
public enum ReasonCode : byte
{
    /// <summary>Success; in DISCONNECT: normal disconnection; in SUBACK: granted QoS 0.</summary>
    Success = 0x00,

    /// <summary>SUBACK: granted QoS 1.</summary>
    GrantedQoS1 = 0x01,

    /// <summary>SUBACK: granted QoS 2.</summary>
    GrantedQoS2 = 0x02,

    /// <summary>DISCONNECT of a client: publish the will all the same.</summary>
    DisconnectWithWillMessage = 0x04,

    /// <summary>PUBACK, PUBREC: accepted, but nobody is subscribed.</summary>
    NoMatchingSubscribers = 0x10,

    /// <summary>UNSUBACK: there was no such subscription.</summary>
    NoSubscriptionExisted = 0x11,

    /// <summary>AUTH: another round.</summary>
    ContinueAuthentication = 0x18,

    /// <summary>AUTH of a client: authenticate again.</summary>
    ReAuthenticate = 0x19,

    /// <summary>An error that the sender does not want to name.</summary>
    UnspecifiedError = 0x80,

    /// <summary>The bytes cannot be parsed.</summary>
    MalformedPacket = 0x81,

    /// <summary>The packet is well formed but not allowed here, or holds a forbidden value.</summary>
    ProtocolError = 0x82,

    /// <summary>Valid, but not accepted by this implementation.</summary>
    ImplementationSpecificError = 0x83,

    /// <summary>The server does not serve this protocol level.</summary>
    UnsupportedProtocolVersion = 0x84,

    /// <summary>The client identifier is not allowed.</summary>
    ClientIdentifierNotValid = 0x85,

    /// <summary>User name or password is not accepted.</summary>
    BadUserNameOrPassword = 0x86,

    /// <summary>Not authorised.</summary>
    NotAuthorized = 0x87,

    /// <summary>The server is not available.</summary>
    ServerUnavailable = 0x88,

    /// <summary>The server is busy, try again later.</summary>
    ServerBusy = 0x89,

    /// <summary>The client is banned.</summary>
    Banned = 0x8A,

    /// <summary>The server is shutting down.</summary>
    ServerShuttingDown = 0x8B,

    /// <summary>The authentication method is unsupported or differs from the one in use.</summary>
    BadAuthenticationMethod = 0x8C,

    /// <summary>Nothing was received for 1.5 times the keep alive.</summary>
    KeepAliveTimeout = 0x8D,

    /// <summary>Another connection uses the same client identifier.</summary>
    SessionTakenOver = 0x8E,

    /// <summary>The topic filter is a string but not an acceptable filter.</summary>
    TopicFilterInvalid = 0x8F,

    /// <summary>The topic name is a string but not an acceptable name.</summary>
    TopicNameInvalid = 0x90,

    /// <summary>The packet identifier is in use.</summary>
    PacketIdentifierInUse = 0x91,

    /// <summary>The packet identifier is unknown.</summary>
    PacketIdentifierNotFound = 0x92,

    /// <summary>More unacknowledged messages than the Receive Maximum.</summary>
    ReceiveMaximumExceeded = 0x93,

    /// <summary>The topic alias is 0 or above the maximum.</summary>
    TopicAliasInvalid = 0x94,

    /// <summary>The packet is larger than the receiver allows.</summary>
    PacketTooLarge = 0x95,

    /// <summary>Data comes too fast.</summary>
    MessageRateTooHigh = 0x96,

    /// <summary>A limit is reached.</summary>
    QuotaExceeded = 0x97,

    /// <summary>Closed by an operator.</summary>
    AdministrativeAction = 0x98,

    /// <summary>The payload is not what its format indicator says.</summary>
    PayloadFormatInvalid = 0x99,

    /// <summary>Retained messages are not available.</summary>
    RetainNotSupported = 0x9A,

    /// <summary>The QoS is above the Maximum QoS.</summary>
    QoSNotSupported = 0x9B,

    /// <summary>Use another server for now.</summary>
    UseAnotherServer = 0x9C,

    /// <summary>Use another server from now on.</summary>
    ServerMoved = 0x9D,

    /// <summary>Shared subscriptions are not available.</summary>
    SharedSubscriptionsNotSupported = 0x9E,

    /// <summary>Too many connections in a short time.</summary>
    ConnectionRateExceeded = 0x9F,

    /// <summary>The connection reached its maximum duration.</summary>
    MaximumConnectTime = 0xA0,

    /// <summary>Subscription identifiers are not available.</summary>
    SubscriptionIdentifiersNotSupported = 0xA1,

    /// <summary>Wildcard subscriptions are not available.</summary>
    WildcardSubscriptionsNotSupported = 0xA2,
}
