namespace Amqtt.Protocol;

/// <summary>The type of a control packet: bits 7 to 4 of its first byte.</summary>
public enum PacketType : byte
{
    /// <summary>Value 0 is reserved and never valid on the wire.</summary>
    Reserved = 0,

    /// <summary>Client asks for a connection. Client to server.</summary>
    Connect = 1,

    /// <summary>Answer to CONNECT. Server to client.</summary>
    ConnAck = 2,

    /// <summary>An application message. Both directions.</summary>
    Publish = 3,

    /// <summary>Acknowledges a QoS 1 PUBLISH. Both directions.</summary>
    PubAck = 4,

    /// <summary>First answer to a QoS 2 PUBLISH. Both directions.</summary>
    PubRec = 5,

    /// <summary>Answer to PUBREC. Both directions.</summary>
    PubRel = 6,

    /// <summary>Answer to PUBREL, ends a QoS 2 exchange. Both directions.</summary>
    PubComp = 7,

    /// <summary>Client asks for subscriptions. Client to server.</summary>
    Subscribe = 8,

    /// <summary>Answer to SUBSCRIBE. Server to client.</summary>
    SubAck = 9,

    /// <summary>Client ends subscriptions. Client to server.</summary>
    Unsubscribe = 10,

    /// <summary>Answer to UNSUBSCRIBE. Server to client.</summary>
    UnsubAck = 11,

    /// <summary>Client shows that it is alive. Client to server.</summary>
    PingReq = 12,

    /// <summary>Answer to PINGREQ. Server to client.</summary>
    PingResp = 13,

    /// <summary>Last packet of a connection. Client to server; in 5.0 both directions.</summary>
    Disconnect = 14,

    /// <summary>Enhanced authentication, 5.0 only. Both directions.</summary>
    Auth = 15,
}
