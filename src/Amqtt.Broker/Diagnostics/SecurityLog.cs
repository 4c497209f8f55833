using System.Net;
using System.Text;
using Amqtt.Broker.Transport;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Runtime.Plugins;
using Microsoft.Extensions.Logging;

namespace Amqtt.Broker.Diagnostics;

/// <summary>
/// Security events, in a category of their own (<c>amqtt.broker.security</c>): who was refused, who claimed what is another's, who sent what no client sends. Text from the network is escaped.
/// Each kind writes at most <see cref="PerSecond"/> lines a second; how many more there were is told once a second. Any thread.
/// </summary>
internal sealed partial class SecurityLog(ILogger log, LoopClock clock)
{
    /// <summary>Lines a second of each kind.</summary>
    public const int PerSecond = 10;

    private readonly LogSampler _logins = new(PerSecond);
    private readonly LogSampler _denials = new(PerSecond);
    private readonly LogSampler _claims = new(PerSecond);
    private readonly LogSampler _rates = new(PerSecond);
    private readonly LogSampler _packets = new(PerSecond);
    private readonly LogSampler _handshakes = new(PerSecond);
    private readonly LogSampler _disconnects = new(PerSecond);

    /// <summary>A CONNECT was refused.</summary>
    public void LoginFailed(string? client, string? user, PeerInfo peer, DeniedBy by, ReasonCode reason, string? text)
    {
        if (!log.IsEnabled(LogLevel.Information) || !_logins.TryTake(clock.Now)) return;
        if (user is null) WriteNamelessLoginFailed(LogText.Escape(client), peer.Listener, peer, by, reason, LogText.Escape(text));
        else WriteLoginFailed(LogText.Escape(client), LogText.Escape(user), peer.Listener, peer, by, reason, LogText.Escape(text));
    }

    /// <summary>A client may not publish or subscribe to a topic.</summary>
    public void Denied(string client, PeerInfo peer, DeniedBy by, TopicAction action, string topic, string? text)
    {
        if (log.IsEnabled(LogLevel.Information) && _denials.TryTake(clock.Now))
            WriteDenied(LogText.Escape(client), peer.Listener, peer, by, action.ToString(), LogText.Escape(topic), LogText.Escape(text));
    }

    /// <summary>A plugin keeps a subscription that its client wanted to end.</summary>
    public void UnsubscribeDenied(string client, PeerInfo peer, DeniedBy by, string filter, string? text)
    {
        if (log.IsEnabled(LogLevel.Information) && _denials.TryTake(clock.Now))
            WriteDenied(LogText.Escape(client), peer.Listener, peer, by, "Unsubscribe", LogText.Escape(filter), LogText.Escape(text));
    }

    /// <summary>A client may not publish a message.</summary>
    public void Denied(string client, PeerInfo peer, DeniedBy by, TopicAction action, ReadOnlySpan<byte> topic, string? text)
    {
        // The topic as text is made only for a line that is written.
        if (log.IsEnabled(LogLevel.Information) && _denials.TryTake(clock.Now))
            WriteDenied(LogText.Escape(client), peer.Listener, peer, by, action.ToString(), LogText.Escape(Encoding.UTF8.GetString(topic)), LogText.Escape(text));
    }

    /// <summary>A client used the client id of another user's session.</summary>
    public void ClientIdClaimed(string client, string? user, PeerInfo peer)
    {
        if (!log.IsEnabled(LogLevel.Warning) || !_claims.TryTake(clock.Now)) return;
        if (user is null) WriteNamelessClaim(LogText.Escape(client), peer.Listener, peer);
        else WriteClientIdClaimed(LogText.Escape(client), LogText.Escape(user), peer.Listener, peer);
    }

    /// <summary>A limit on connections, their rate or a client's rate has been reached.</summary>
    public void LimitReached(Refusal limit, string listener, IPAddress? address)
    {
        if (log.IsEnabled(LogLevel.Warning) && _rates.TryTake(clock.Now)) WriteLimitReached(Refusals.Labels[(int)limit], listener, address);
    }

    /// <summary>A client sent what is no valid packet, or not at this place.</summary>
    public void MalformedPacket(string? client, PeerInfo peer, string problem)
    {
        if (log.IsEnabled(LogLevel.Information) && _packets.TryTake(clock.Now)) WriteMalformedPacket(LogText.Escape(client), peer.Listener, peer, LogText.Escape(problem));
    }

    /// <summary>The broker, or a plugin, disconnected a client that had done nothing malformed.</summary>
    public void Disconnected(string client, PeerInfo peer, DeniedBy by, DisconnectCause cause, ReasonCode reason, string? text)
    {
        if (!log.IsEnabled(LogLevel.Information) || !_disconnects.TryTake(clock.Now)) return;
        if (by.Plugin is { } plugin) WriteDisconnectedByPlugin(LogText.Escape(client), peer.Listener, peer, plugin, cause, reason, LogText.Escape(text));
        else WriteDisconnected(LogText.Escape(client), peer.Listener, peer, cause, reason, LogText.Escape(text));
    }

    /// <summary>A connection did not come as far as MQTT: TLS, WebSocket or a PROXY header failed.</summary>
    public void HandshakeFailed(string listener, PeerInfo peer, string problem)
    {
        if (log.IsEnabled(LogLevel.Information) && _handshakes.TryTake(clock.Now)) WriteHandshakeFailed(listener, peer, LogText.Escape(problem));
    }

    /// <summary>Says how many events were not written. Called once a second.</summary>
    public void ReportSuppressed()
    {
        Report(_logins, "refused CONNECTs");
        Report(_denials, "denied topics");
        Report(_claims, "claimed client ids");
        Report(_rates, "reached limits");
        Report(_packets, "malformed packets");
        Report(_handshakes, "failed handshakes");
        Report(_disconnects, "disconnected clients");
    }

    private void Report(LogSampler sampler, string kind)
    {
        if (sampler.TakeSuppressed() is > 0 and var suppressed) WriteSuppressed(suppressed, kind);
    }

    [LoggerMessage(EventId = 40, Level = LogLevel.Information, Message = "client '{Client}' (user '{User}') from {Peer} is refused on listener '{Listener}' by {By}: {Reason} {Text}")]
    private partial void WriteLoginFailed(string client, string user, string listener, PeerInfo peer, DeniedBy by, ReasonCode reason, string text);

    [LoggerMessage(EventId = 48, Level = LogLevel.Information, Message = "client '{Client}' from {Peer} is refused on listener '{Listener}' by {By}: {Reason} {Text}")]
    private partial void WriteNamelessLoginFailed(string client, string listener, PeerInfo peer, DeniedBy by, ReasonCode reason, string text);

    [LoggerMessage(EventId = 41, Level = LogLevel.Information, Message = "client '{Client}' from {Peer} on listener '{Listener}' is denied by {By}: {Action} '{Topic}' {Text}")]
    private partial void WriteDenied(string client, string listener, PeerInfo peer, DeniedBy by, string action, string topic, string text);

    [LoggerMessage(EventId = 42, Level = LogLevel.Warning, Message = "client id '{Client}' belongs to another user; the claim of user '{User}' from {Peer} on listener '{Listener}' is refused")]
    private partial void WriteClientIdClaimed(string client, string user, string listener, PeerInfo peer);

    [LoggerMessage(EventId = 50, Level = LogLevel.Warning, Message = "client id '{Client}' belongs to another user; the claim of a client without a user from {Peer} on listener '{Listener}' is refused")]
    private partial void WriteNamelessClaim(string client, string listener, PeerInfo peer);

    [LoggerMessage(EventId = 43, Level = LogLevel.Warning, Message = "the limit {Limit} is reached on listener '{Listener}' by {Address}")]
    private partial void WriteLimitReached(string limit, string listener, IPAddress? address);

    [LoggerMessage(EventId = 44, Level = LogLevel.Information, Message = "client '{Client}' from {Peer} on listener '{Listener}' is disconnected for a bad packet: {Problem}")]
    private partial void WriteMalformedPacket(string client, string listener, PeerInfo peer, string problem);

    [LoggerMessage(EventId = 45, Level = LogLevel.Information, Message = "listener '{Listener}': the handshake with {Peer} failed: {Problem}")]
    private partial void WriteHandshakeFailed(string listener, PeerInfo peer, string problem);

    [LoggerMessage(EventId = 46, Level = LogLevel.Information, Message = "client '{Client}' from {Peer} on listener '{Listener}' is disconnected: {Cause}, {Reason} {Text}")]
    private partial void WriteDisconnected(string client, string listener, PeerInfo peer, DisconnectCause cause, ReasonCode reason, string text);

    [LoggerMessage(EventId = 47, Level = LogLevel.Information, Message = "client '{Client}' from {Peer} on listener '{Listener}' is disconnected by plugin {Plugin}: {Cause}, {Reason} {Text}")]
    private partial void WriteDisconnectedByPlugin(string client, string listener, PeerInfo peer, string plugin, DisconnectCause cause, ReasonCode reason, string text);

    [LoggerMessage(EventId = 49, Level = LogLevel.Warning, Message = "more {Kind} in the last second, not logged one by one: {Count}")]
    private partial void WriteSuppressed(long count, string kind);
}
