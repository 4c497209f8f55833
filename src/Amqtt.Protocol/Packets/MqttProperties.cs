namespace Amqtt.Protocol.Packets;

/// <summary>
/// The properties of a packet or a will (5.0, section 2.2.2.2). Null means absent; the specification's meaning of absence is given with
/// each property. Which packet may carry which is checked when the packet is encoded or decoded. Ignored before 5.0.
/// </summary>
public sealed partial class MqttProperties
{
    /// <summary>No properties at all.</summary>
    public static MqttProperties Empty { get; } = new();

    /// <summary>PUBLISH, will: 1 = the payload is UTF-8 text. Absent: 0, bytes.</summary>
    public byte? PayloadFormatIndicator { get; init; }

    /// <summary>PUBLISH, will: lifetime in seconds. Absent: the message does not expire.</summary>
    public uint? MessageExpiryInterval { get; init; }

    /// <summary>PUBLISH, will: what the payload is, in the application's words.</summary>
    public string? ContentType { get; init; }

    /// <summary>PUBLISH, will: the topic name for an answer. Absent: this is no request.</summary>
    public string? ResponseTopic { get; init; }

    /// <summary>PUBLISH, will: data an answer is to repeat.</summary>
    public ReadOnlyMemory<byte>? CorrelationData { get; init; }

    /// <summary>SUBSCRIBE (at most one) and PUBLISH of a server (any number): 1 to 268,435,455.</summary>
    public IReadOnlyList<uint> SubscriptionIdentifiers { get; init; } = [];

    /// <summary>CONNECT, CONNACK, DISCONNECT of a client: seconds the session outlives its connection; 0xFFFFFFFF = for ever. Absent in CONNECT: 0.</summary>
    public uint? SessionExpiryInterval { get; init; }

    /// <summary>CONNACK: the identifier the server chose for a client that sent none [MQTT-3.2.2-16].</summary>
    public string? AssignedClientIdentifier { get; init; }

    /// <summary>CONNACK: keep alive in seconds that replaces the client's [MQTT-3.2.2-21]; 0 = off.</summary>
    public ushort? ServerKeepAlive { get; init; }

    /// <summary>CONNECT, CONNACK, AUTH: the method of enhanced authentication. Absent in CONNECT: none.</summary>
    public string? AuthenticationMethod { get; init; }

    /// <summary>CONNECT, CONNACK, AUTH: data of the method. Only together with <see cref="AuthenticationMethod"/>.</summary>
    public ReadOnlyMemory<byte>? AuthenticationData { get; init; }

    /// <summary>CONNECT: whether the client wants reason strings and user properties with failures [MQTT-3.1.2-29]. Absent: true.</summary>
    public bool? RequestProblemInformation { get; init; }

    /// <summary>Will: seconds to wait before it is published. Absent: 0.</summary>
    public uint? WillDelayInterval { get; init; }

    /// <summary>CONNECT: whether the client asks for Response Information [MQTT-3.1.2-28]. Absent: false.</summary>
    public bool? RequestResponseInformation { get; init; }

    /// <summary>CONNACK: the base of response topics.</summary>
    public string? ResponseInformation { get; init; }

    /// <summary>CONNACK, DISCONNECT of a server: the server to use instead.</summary>
    public string? ServerReference { get; init; }

    /// <summary>All answers: a text for people.</summary>
    public string? ReasonString { get; init; }

    /// <summary>CONNECT, CONNACK: how many QoS 1 and 2 messages may be unacknowledged, 1 or more. Absent: 65,535.</summary>
    public ushort? ReceiveMaximum { get; init; }

    /// <summary>CONNECT, CONNACK: the highest topic alias accepted. Absent: 0, none.</summary>
    public ushort? TopicAliasMaximum { get; init; }

    /// <summary>PUBLISH: the alias of the topic, 1 or more.</summary>
    public ushort? TopicAlias { get; init; }

    /// <summary>CONNACK: the highest QoS the server supports, 0 or 1. Absent: 2.</summary>
    public QoS? MaximumQoS { get; init; }

    /// <summary>CONNACK: whether retained messages are supported. Absent: true.</summary>
    public bool? RetainAvailable { get; init; }

    /// <summary>Every packet with properties: the application's own, in order.</summary>
    public IReadOnlyList<UserProperty> UserProperties { get; init; } = [];

    /// <summary>CONNECT, CONNACK: the largest packet accepted, in bytes, 1 or more. Absent: no limit but the protocol's.</summary>
    public uint? MaximumPacketSize { get; init; }

    /// <summary>CONNACK: whether filters may have wildcards. Absent: true.</summary>
    public bool? WildcardSubscriptionAvailable { get; init; }

    /// <summary>CONNACK: whether subscription identifiers are supported. Absent: true.</summary>
    public bool? SubscriptionIdentifierAvailable { get; init; }

    /// <summary>CONNACK: whether shared subscriptions are supported. Absent: true.</summary>
    public bool? SharedSubscriptionAvailable { get; init; }
}
