using Amqtt.Broker.Diagnostics;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Broker.Connections;

/// <content>How it ends: exactly once, whatever the cause.</content>
internal sealed partial class Connection
{
    /// <inheritdoc/>
    public void Disconnect(ReasonCode reason, string? text = null) => Fail(reason, text, CauseOf(reason));

    /// <inheritdoc/>
    public void Close(ReasonCode reason, string? text, DisconnectCause cause, bool sendWill, string? serverReference = null, DeniedBy by = default) =>
        Fail(reason, text, cause, sendWill, serverReference: serverReference, by: by);

    /// <summary>Another connection takes over the session [MQTT-3.1.4-3].</summary>
    public void TakenOver() => Fail(ReasonCode.SessionTakenOver, text: null, DisconnectCause.SessionTakenOver);

    /// <summary>
    /// Ends the connection because of what the client sent or did, or because the broker does: DISCONNECT with the reason to a v5 client, CONNACK to any whose CONNECT is
    /// still being dealt with, then close; an abnormal end.
    /// </summary>
    /// <param name="reason">The code.</param>
    /// <param name="text">The same in words, none of them from the network.</param>
    /// <param name="cause">What plugins are told.</param>
    /// <param name="sendWill">Whether the will is sent.</param>
    /// <param name="refusal">What it counts as; null for what code and cause say.</param>
    /// <param name="serverReference">Where the client is sent instead.</param>
    /// <param name="by">Who wants it.</param>
    public void Fail(ReasonCode reason, string? text, DisconnectCause cause, bool sendWill = true, Refusal? refusal = null, string? serverReference = null, DeniedBy by = default)
    {
        if (_phase == Phase.Ended) return;
        if ((refusal ?? Refusals.Of(cause, reason)) is { } counted) Refusals.Count(counted);
        if (IsConnected && cause is not (DisconnectCause.ProtocolError or DisconnectCause.ServerShutdown)) Broker.Security.Disconnected(Session!.ClientId, Channel.Peer, by, cause, reason, text);
        if (_phase == Phase.Connected && Version == ProtocolVersion.V5)
            SendLast(text, serverReference, properties => new DisconnectPacket { Reason = reason, Properties = properties });
        else if (_phase is Phase.Connecting or Phase.Authenticating)
            AnswerConnect(reason, text);
        End(cause, reason, sendWill, by.Plugin);
    }

    /// <summary>Whose CONNECT has been read is not left without an answer: 3.1 and 3.1.1 clients could not tell a refusal from a lost connection.</summary>
    private void AnswerConnect(ReasonCode reason, string? text)
    {
        Shard.Counters.Refused++;
        // CONNACK has no code for a shutdown but this one [MQTT-3.2.2-8].
        ReasonCode said = reason.IsAllowedIn(PacketType.ConnAck) ? reason : ReasonCode.ServerUnavailable;
        SendLast(text, serverReference: null, properties => new ConnAckPacket { Reason = said, Properties = properties });
    }

    /// <summary>CONNACK has refused the client, or the connection ends without a word: closes behind what has been sent.</summary>
    public void Refuse()
    {
        Shard.Counters.Refused++;
        End(DisconnectCause.ProtocolError, reason: null, sendWill: false);
    }

    /// <summary>Ends the connection: exactly once, whatever the cause (P-C29).</summary>
    public void End(DisconnectCause cause, ReasonCode? reason, bool sendWill, string? plugin = null)
    {
        if (_phase == Phase.Ended) return;
        bool wasConnected = _phase == Phase.Connected;
        _phase = Phase.Ended;
        _watchdog.Cancel();
        _credentialTimer?.Cancel();
        _exchange?.Abort();
        _publish.End();
        Shard.Links.Remove(this);
        // All before the client can see the end: it may come back at once, and what is sent to it from now on waits.
        _place.Leave();
        if (wasConnected)
        {
            Shard.Counters.Disconnected++;
            Broker.ClientDisconnected();
            Session!.Detach(sendWill, cause, reason, plugin);
        }

        if (cause == DisconnectCause.ClientDisconnect && Channel.UnsentBytes == 0) Channel.Close();
        else Channel.CloseAfterOutput(Lingering);
    }

    private static TimeSpan Lingering => TimeSpan.FromSeconds(2);

    private static DisconnectCause CauseOf(ReasonCode reason) => reason switch
    {
        ReasonCode.ServerShuttingDown => DisconnectCause.ServerShutdown,
        ReasonCode.KeepAliveTimeout => DisconnectCause.KeepAliveTimeout,
        ReasonCode.AdministrativeAction => DisconnectCause.Administrative,
        ReasonCode.QuotaExceeded or ReasonCode.ReceiveMaximumExceeded or ReasonCode.PacketTooLarge => DisconnectCause.LimitExceeded,
        _ => DisconnectCause.ProtocolError,
    };
}
