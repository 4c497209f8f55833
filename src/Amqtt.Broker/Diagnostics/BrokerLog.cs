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

    [LoggerMessage(EventId = 11, Level = LogLevel.Information, Message = "client '{Client}' from {Peer} is disconnected for a bad packet: {Problem}")]
    public static partial void BadPacket(ILogger log, PeerInfo peer, string client, string problem);

    [LoggerMessage(EventId = 12, Level = LogLevel.Information, Message = "client '{Client}' (user '{User}') from {Peer} is refused: {Reason} {Text}")]
    public static partial void Refused(ILogger log, string client, string user, PeerInfo peer, ReasonCode reason, string text);

    [LoggerMessage(EventId = 13, Level = LogLevel.Warning, Message = "client id '{Client}' belongs to another user; the claim of user '{User}' from {Peer} is refused")]
    public static partial void ClientIdClaimed(ILogger log, string client, string user, PeerInfo peer);

    [LoggerMessage(EventId = 14, Level = LogLevel.Error, Message = "plugin {Plugin}: its handler for '{Filter}' failed, or took longer than {Timeout}; the next message follows")]
    public static partial void ListenerHandlerFailed(ILogger log, Exception? fault, string plugin, string filter, TimeSpan timeout);

    [LoggerMessage(EventId = 15, Level = LogLevel.Warning, Message = "plugin {Plugin}: its handler for '{Filter}' does not keep up, and messages are dropped")]
    public static partial void ListenerLaneFull(ILogger log, string plugin, string filter);

    [LoggerMessage(EventId = 20, Level = LogLevel.Information, Message = "listener '{Listener}' accepts {Kind} on {EndPoint}")]
    public static partial void Listening(ILogger log, string listener, string kind, EndPoint? endPoint);

    [LoggerMessage(EventId = 21, Level = LogLevel.Information, Message = "listener '{Listener}': the handshake with {Peer} failed: {Problem}")]
    public static partial void HandshakeFailed(ILogger log, string listener, PeerInfo peer, string problem);

    [LoggerMessage(EventId = 22, Level = LogLevel.Warning, Message = "no authentication plugin is configured: every client is refused")]
    public static partial void NobodyMayConnect(ILogger log);

    [LoggerMessage(EventId = 23, Level = LogLevel.Information, Message = "listener '{Listener}': {Peer} is not in proxy_from and is closed")]
    public static partial void NotAProxy(ILogger log, string listener, PeerInfo peer);

    [LoggerMessage(EventId = 24, Level = LogLevel.Information, Message = "listener '{Listener}': the connection from {Peer} is closed: {Problem}")]
    public static partial void BadProxyHeader(ILogger log, string listener, PeerInfo peer, string problem);
}
