namespace Amqtt.Protocol;

/// <summary>The return code in the CONNACK of MQTT 3.1 and 3.1.1. There are no others [MQTT-3.2.2-6 of 3.1.1].</summary>
public enum ConnectReturnCode : byte
{
    /// <summary>The connection is accepted.</summary>
    Accepted = 0,

    /// <summary>The server does not serve this protocol level.</summary>
    UnacceptableProtocolVersion = 1,

    /// <summary>The client identifier is well formed but not allowed.</summary>
    IdentifierRejected = 2,

    /// <summary>The service is not available.</summary>
    ServerUnavailable = 3,

    /// <summary>The user name or the password is malformed.</summary>
    BadUserNameOrPassword = 4,

    /// <summary>The client may not connect.</summary>
    NotAuthorized = 5,
}
