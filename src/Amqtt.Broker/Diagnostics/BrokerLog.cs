using System.Net;
using Amqtt.Broker.Transport;
using Amqtt.Protocol;
using Microsoft.Extensions.Logging;

namespace Amqtt.Broker.Diagnostics;

/// <summary>Everything the broker itself writes to the log, in one place and without formatting what nobody reads.</summary>
internal static partial class BrokerLog
{
    [LoggerMessage(EventId = 10, Level = LogLevel.Error, Message = "the connection of client '{Client}' from {Peer} failed and is closed")]
    public static partial void ConnectionFailed(ILogger log, Exception fault, string client, PeerInfo peer);

    [LoggerMessage(EventId = 11, Level = LogLevel.Error, Message = "listener '{Listener}': what comes before MQTT failed on the connection from {Peer}, which is closed")]
    public static partial void HandshakeFaulted(ILogger log, Exception fault, string listener, PeerInfo peer);

    [LoggerMessage(EventId = 12, Level = LogLevel.Warning, Message = "memory pressure is now '{Pressure}' (limits.max_memory is {Maximum} bytes)")]
    public static partial void MemoryPressureChanged(ILogger log, MemoryPressure pressure, long maximum);

    [LoggerMessage(EventId = 16, Level = LogLevel.Error, Message = "plugin {Plugin}: its handler for '{Filter}' failed; the next message follows")]
    public static partial void ListenerHandlerFailed(ILogger log, Exception fault, string plugin, string filter);

    [LoggerMessage(EventId = 17, Level = LogLevel.Error, Message = "plugin {Plugin}: its handler for '{Filter}' took longer than {Timeout} and is waited for no longer; the next message follows")]
    public static partial void ListenerHandlerTimedOut(ILogger log, string plugin, string filter, string timeout);

    [LoggerMessage(EventId = 15, Level = LogLevel.Warning, Message = "plugin {Plugin}: its handler for '{Filter}' does not keep up, and messages are dropped")]
    public static partial void ListenerLaneFull(ILogger log, string plugin, string filter);

    [LoggerMessage(EventId = 20, Level = LogLevel.Information, Message = "listener '{Listener}' accepts {Kind} on {EndPoint}")]
    public static partial void Listening(ILogger log, string listener, string kind, EndPoint? endPoint);
}
