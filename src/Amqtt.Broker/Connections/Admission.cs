namespace Amqtt.Broker.Connections;

/// <summary>What a listener decided about a connection when it accepted it.</summary>
internal enum Admission
{
    /// <summary>There is a place for it.</summary>
    Granted,

    /// <summary>There is none; its CONNECT is answered with the refusal that its version has (P-B6).</summary>
    Full,
}
