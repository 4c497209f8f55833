namespace Amqtt.Broker.Configuration;

/// <summary>Kinds of listeners.</summary>
public enum ListenerType
{
    /// <summary>A TCP socket.</summary>
    Tcp,

    /// <summary>WebSocket, with the package Amqtt.AspNetCore (<c>options.Listeners.AddWebSockets()</c>).</summary>
    Ws,

    /// <summary>A name without a socket: the embedding program hands over connections.</summary>
    External,

    /// <summary>A Unix domain socket.</summary>
    Unix,
}

/// <summary>What a listener does with a connection above its <see cref="ListenerOptions.MaxConnections"/>.</summary>
public enum MaxConnectionsMode
{
    /// <summary>CONNACK 0x97 / 0x03, then close.</summary>
    Refuse,

    /// <summary>The connection waits, unread, until a slot is free.</summary>
    Wait,
}
