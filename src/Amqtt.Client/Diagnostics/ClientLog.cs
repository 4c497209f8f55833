using Amqtt.Protocol;
using Microsoft.Extensions.Logging;

namespace Amqtt.Client.Diagnostics;

/// <summary>What the client says in its log, category <c>amqtt.client</c>.</summary>
internal static partial class ClientLog
{
    public const string Category = "amqtt.client";

    [LoggerMessage(1, LogLevel.Information, "{Client} is connected to {Broker} (MQTT {Version}, session present: {SessionPresent})")]
    public static partial void Connected(ILogger log, string client, string broker, ProtocolVersion version, bool sessionPresent);

    [LoggerMessage(2, LogLevel.Warning, "{Client} lost its connection to {Broker}: {Problem}")]
    public static partial void Lost(ILogger log, string client, string broker, string problem);

    [LoggerMessage(3, LogLevel.Warning, "{Client}: attempt {Attempt} to connect failed: {Problem} The next one follows in {Wait:0.0} s.")]
    public static partial void WillRetry(ILogger log, string client, int attempt, string problem, double wait);

    [LoggerMessage(4, LogLevel.Error, "{Client} gives up connecting: {Problem}")]
    public static partial void GaveUp(ILogger log, string client, string problem);

    [LoggerMessage(5, LogLevel.Error, "The handler of '{Filter}' failed; its message stays unacknowledged.")]
    public static partial void HandlerFailed(ILogger log, string filter, Exception error);

    [LoggerMessage(6, LogLevel.Warning, "Nobody reads fast enough: messages of QoS 0 have been dropped ({Count}), the last one for '{Topic}'.")]
    public static partial void Unread(ILogger log, long count, string topic);

    [LoggerMessage(7, LogLevel.Warning, "After a reconnect the broker refused the subscription to '{Filter}': {Reason}")]
    public static partial void NotResubscribed(ILogger log, string filter, ReasonCode reason);

    [LoggerMessage(8, LogLevel.Warning, "{Client} is not connected; there is nothing to disconnect.")]
    public static partial void NothingToDisconnect(ILogger log, string client);

    [LoggerMessage(9, LogLevel.Information, "{Client} is disconnected.")]
    public static partial void Disconnected(ILogger log, string client);

    [LoggerMessage(10, LogLevel.Warning, "Subscribing again after a reconnect failed: {Problem}")]
    public static partial void ResubscribeFailed(ILogger log, string problem);

    [LoggerMessage(11, LogLevel.Warning, "{Client}: the broker's certificate is not checked (verify_cert is off).")]
    public static partial void Unverified(ILogger log, string client);
}
