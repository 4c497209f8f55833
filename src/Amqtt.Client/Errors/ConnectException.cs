using Amqtt.Protocol;

namespace Amqtt.Client;

/// <summary>No connection came about: the network, the TLS or WebSocket handshake, a time-out, or the broker's refusal.</summary>
public sealed class ConnectException : ClientException
{
    /// <summary>Creates the exception with a message for people and, where there is one, its cause.</summary>
    public ConnectException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>The broker's reason, in every version; null if it did not answer.</summary>
    public ReasonCode? Reason { get; init; }

    /// <summary>The return code of CONNACK, of a 5.0 broker the nearest one (section 3.2.2.3 of 3.1.1); null if it did not answer.</summary>
    public ConnectReturnCode? ReturnCode => Reason?.ToReturnCode();

    /// <summary>The server to use instead, where the broker names one (5.0).</summary>
    public string? ServerReference { get; init; }

    /// <summary>True if the same attempt cannot succeed later either: certificates, credentials, the client identifier, the protocol version.</summary>
    public bool IsPermanent { get; init; }
}
