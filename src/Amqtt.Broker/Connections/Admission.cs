namespace Amqtt.Broker.Connections;

/// <summary>What a listener decided about a connection when it accepted it. All but the first are answered, once their CONNECT is there, with the refusal that its version has (P-B6).</summary>
internal enum Admission
{
    /// <summary>There is a place for it.</summary>
    Granted,

    /// <summary>The listener has none.</summary>
    ListenerFull,

    /// <summary>The broker has none.</summary>
    BrokerFull,

    /// <summary>Connections come faster than they may.</summary>
    TooFast,

    /// <summary>The process holds as much memory as it may.</summary>
    NoMemory,
}
