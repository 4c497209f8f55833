using System.Net;
using Microsoft.Extensions.Logging;

namespace Amqtt.Broker.Transport;

/// <summary>What the transport writes to the log.</summary>
internal static partial class TransportLog
{
    [LoggerMessage(EventId = 1, Level = LogLevel.Critical, Message = "event loop {Loop} failed; its clients are lost")]
    public static partial void LoopFailed(ILogger log, Exception fault, int loop);

    [LoggerMessage(EventId = 2, Level = LogLevel.Error, Message = "a piece of work on event loop {Loop} failed")]
    public static partial void LoopWorkFailed(ILogger log, Exception fault, int loop);

    [LoggerMessage(EventId = 3, Level = LogLevel.Warning, Message = "accepting on {EndPoint} rests for half a second: {Reason}")]
    public static partial void AcceptPaused(ILogger log, EndPoint? endPoint, string reason);

    [LoggerMessage(EventId = 4, Level = LogLevel.Error, Message = "the stream of the connection from {Peer} failed, and the connection ends")]
    public static partial void StreamFailed(ILogger log, Exception fault, PeerInfo peer);
}
