namespace Amqtt.Protocol;

/// <summary>Identifier of an MQTT 5.0 property (section 2.2.2.2).</summary>
public enum PropertyId : byte
{
    /// <summary>Not a property.</summary>
    None = 0,

    /// <summary>Byte: 1 = the payload is UTF-8 text.</summary>
    PayloadFormatIndicator = 0x01,

    /// <summary>Four byte integer, seconds.</summary>
    MessageExpiryInterval = 0x02,

    /// <summary>UTF-8 string.</summary>
    ContentType = 0x03,

    /// <summary>UTF-8 string, a topic name.</summary>
    ResponseTopic = 0x08,

    /// <summary>Binary data.</summary>
    CorrelationData = 0x09,

    /// <summary>Variable byte integer, 1 to 268,435,455.</summary>
    SubscriptionIdentifier = 0x0B,

    /// <summary>Four byte integer, seconds; 0xFFFFFFFF = never.</summary>
    SessionExpiryInterval = 0x11,

    /// <summary>UTF-8 string.</summary>
    AssignedClientIdentifier = 0x12,

    /// <summary>Two byte integer, seconds.</summary>
    ServerKeepAlive = 0x13,

    /// <summary>UTF-8 string.</summary>
    AuthenticationMethod = 0x15,

    /// <summary>Binary data.</summary>
    AuthenticationData = 0x16,

    /// <summary>Byte, 0 or 1.</summary>
    RequestProblemInformation = 0x17,

    /// <summary>Four byte integer, seconds.</summary>
    WillDelayInterval = 0x18,

    /// <summary>Byte, 0 or 1.</summary>
    RequestResponseInformation = 0x19,

    /// <summary>UTF-8 string.</summary>
    ResponseInformation = 0x1A,

    /// <summary>UTF-8 string.</summary>
    ServerReference = 0x1C,

    /// <summary>UTF-8 string, for people.</summary>
    ReasonString = 0x1F,

    /// <summary>Two byte integer, not 0.</summary>
    ReceiveMaximum = 0x21,

    /// <summary>Two byte integer.</summary>
    TopicAliasMaximum = 0x22,

    /// <summary>Two byte integer, not 0.</summary>
    TopicAlias = 0x23,

    /// <summary>Byte, 0 or 1.</summary>
    MaximumQoS = 0x24,

    /// <summary>Byte, 0 or 1.</summary>
    RetainAvailable = 0x25,

    /// <summary>A pair of UTF-8 strings; may occur many times.</summary>
    UserProperty = 0x26,

    /// <summary>Four byte integer, bytes, not 0.</summary>
    MaximumPacketSize = 0x27,

    /// <summary>Byte, 0 or 1.</summary>
    WildcardSubscriptionAvailable = 0x28,

    /// <summary>Byte, 0 or 1.</summary>
    SubscriptionIdentifierAvailable = 0x29,

    /// <summary>Byte, 0 or 1.</summary>
    SharedSubscriptionAvailable = 0x2A,
}
