using Amqtt.Broker.Routing;
using Amqtt.Plugins;
using Amqtt.Protocol;

namespace Amqtt.Broker.Sessions;

/// <summary>
/// What is on its way to one session's client: each PUBLISH as it is written, QoS 1 and 2 until they are acknowledged, and both again when the client is back.
/// On the session's loop.
/// </summary>
internal sealed class Deliveries(Session session)
{
    private const long Unsent = long.MaxValue; // a delivery's time while it has not been sent again: its waiting is our doing

    private readonly Losses _losses = new(session);
    private OutboundWindow? _window;
    private Queue<int>? _resend; // places in the window that the client has not been sent since it came back, or that it has acknowledged since
    private int _unsent; // how many of them it has not: they are not sent yet, and take nothing of its quota

    /// <summary>Deliveries in flight.</summary>
    public int Count => _window?.Count ?? 0;

    private Shard Shard => session.Shard;

    /// <summary>Whether not everything has been sent again yet.</summary>
    public bool IsResending => _resend is not null;

    /// <summary>Whether another QoS 1 or 2 message may go out; what was in flight before goes first.</summary>
    public bool HasQuota(IClientLink link) => _resend is null && Count < link.SendQuota;

    /// <summary>When the oldest delivery in flight was sent (loop milliseconds); <see cref="long.MaxValue"/> if there is none.</summary>
    public long OldestSentAt() => _window is { Count: > 0 } ? _window.OldestSentAt() : long.MaxValue;

    /// <summary>What is in flight, in the order of first sending, for whoever looks.</summary>
    public IEnumerable<InflightSlot> InOrder() => _window is null ? [] : [.. _window.InOrder().Select(index => _window.At(index))];

    /// <summary>Writes a PUBLISH; there is quota if it needs any. False, and nothing done, if it is larger than the client takes.</summary>
    public bool TrySend(IClientLink link, ref Publication publication, QoS qos, bool retain, in SubscriptionIdentifiers identifiers, Subscription? shared)
    {
        bool observed = Shard.Events.ObservesSent;
        ushort packetId = 0;
        if (qos != QoS.AtMostOnce)
        {
            ref InflightSlot slot = ref (_window ??= new OutboundWindow()).Take(qos == QoS.AtLeastOnce ? InflightState.PubAck : InflightState.PubRec, Shard.Loop.Now);
            // A session that ends with its connection never sends again: the identifier is all it needs, unless somebody watches or could take over.
            bool keep = session.IsPersistent || shared is not null || Shard.Events.ObservesStages;
            slot.Delivery = new QueuedMessage(keep ? publication.AtRest() : null, qos, retain, identifiers, shared);
            packetId = slot.PacketId;
        }

        if (!PublishWriter.TryWrite(link, ref publication, qos, retain, dup: false, packetId, identifiers, observed))
        {
            if (qos != QoS.AtMostOnce && _window!.TryFind(packetId, out int taken)) _window.Free(taken);
            return false;
        }

        Shard.Counters.PublishSent++;
        Shard.Counters.PacketsSent++;
        if (Shard.Events.ObservesStages) Shard.Events.Stage(MessageStage.Delivered, publication.AtRest(), session.ClientId, session: session, qos: qos);
        return true;
    }

    /// <summary>PUBACK, PUBREC or PUBCOMP of the client. Returns whether a delivery is over.</summary>
    /// <exception cref="CodecException">The delivery waits for another one.</exception>
    public bool Acknowledged(PacketType type, ushort packetId, ReasonCode reason)
    {
        if (_window is null || !_window.TryFind(packetId, out int index))
        {
            // [MQTT-4.3.3-4]: a PUBREC wants its PUBREL, also when we know nothing of it; 0x92 says so to a v5 client.
            if (type == PacketType.PubRec && !reason.IsError()) SendPubRel(packetId, ReasonCode.PacketIdentifierNotFound);
            return false;
        }

        ref InflightSlot slot = ref _window.At(index);
        switch (type)
        {
            case PacketType.PubAck when slot.State == InflightState.PubAck:
            case PacketType.PubComp when slot.State == InflightState.PubComp:
            case PacketType.PubRec when slot.State == InflightState.PubRec && reason.IsError():
                Finish(index);
                return true;
            case PacketType.PubRec when slot.State is InflightState.PubRec or InflightState.PubComp:
                AcknowledgedUnsent(index);
                slot.State = InflightState.PubComp;
                slot.SentAt = Shard.Loop.Now;
                SendPubRel(packetId, ReasonCode.Success);
                return false;
            default:
                throw new CodecException(ReasonCode.ProtocolError, $"{type} with packet identifier {packetId}, whose delivery waits for {slot.State}"); // section 4.13.1, [v4:4.8.0-1]
        }
    }

    /// <summary>The client is back: what was in flight goes out again in its first order, within the new quota and before anything else.</summary>
    public void Resume()
    {
        if (_window is not { Count: > 0 } window || session.Link is not { } link) return;
        _resend = new Queue<int>(window.InOrder());
        _unsent = _resend.Count;
        foreach (int index in _resend) window.At(index).SentAt = Unsent;
        PumpResend();
        if (_resend is null) return;

        // A quota that is used up holds back PUBLISH alone [MQTT-3.3.4-10].
        for (int left = _resend.Count; left > 0; left--)
        {
            int index = _resend.Dequeue();
            if (window.At(index).State == InflightState.PubComp) Resend(link, index);
            else _resend.Enqueue(index);
        }

        if (_unsent == 0) _resend = null;
    }

    /// <summary>Goes on with what has to be sent again, as far as quota and output allow.</summary>
    public void PumpResend()
    {
        while (_resend is not null && session.Link is { } link && Count - _unsent < link.SendQuota && link.Channel.UnsentBytes < session.Limits.MaxOutputBytes)
        {
            Resend(link, _resend.Dequeue());
            if (_unsent == 0) _resend = null;
        }
    }

    /// <summary>The client is gone.</summary>
    public void LinkLost() => _resend = null;

    /// <summary>
    /// The session ends for good: what it shared with others and has not been acknowledged goes to one of them, in order. Not where QoS 2 has begun [MQTT-4.8.2-5].
    /// </summary>
    public void PassOn()
    {
        if (_window is not { Count: > 0 } window) return;
        foreach (int index in window.InOrder())
        {
            InflightSlot slot = window.At(index);
            if (slot.State != InflightState.PubAck || slot.Delivery.Shared is not { } shared) continue;
            var publication = new Publication(slot.Delivery.Message!.AsPublished);
            if (!Shard.Router.TryPassOn(ref publication, shared)) continue;
            _losses.PassedOn(slot.Delivery);
            window.Free(index);
        }
    }

    /// <summary>
    /// A session that was to end with its connection outlives it after all: what was not kept cannot be sent again. What only waits for PUBCOMP needs no more than its identifier.
    /// </summary>
    public void DropUnkept()
    {
        if (_window is not { Count: > 0 } window) return;
        foreach (int index in window.InOrder())
        {
            InflightSlot slot = window.At(index);
            if (slot.Delivery.Message is not null || slot.State == InflightState.PubComp) continue;
            _losses.Dropped(slot.Delivery, DropReason.SessionEnded);
            window.Free(index);
        }
    }

    /// <summary>The session ends, and what was not acknowledged with it.</summary>
    public void Discard()
    {
        if (_window is not { Count: > 0 } window || !Shard.Events.ObservesStages) return;
        foreach (int index in window.InOrder())
        {
            InflightSlot slot = window.At(index);
            if (slot.Delivery.Message is not { } message) continue;
            // After PUBREC the receiver has it, whatever else it would have said.
            if (slot.State == InflightState.PubComp) Shard.Events.Stage(MessageStage.Acknowledged, message, session.ClientId, session: session, qos: slot.Delivery.QoS);
            else Shard.Events.Stage(MessageStage.Dropped, message, session.ClientId, DropReason.SessionEnded, session, slot.Delivery.QoS);
        }

        _window = null;
    }

    private void Resend(IClientLink link, int index)
    {
        ref InflightSlot slot = ref _window!.At(index);
        if (slot.SentAt != Unsent) return;
        _unsent--;
        slot.SentAt = Shard.Loop.Now;
        if (slot.State == InflightState.PubComp)
        {
            SendPubRel(slot.PacketId, ReasonCode.Success);
            return;
        }

        QueuedMessage delivery = slot.Delivery;
        var publication = new Publication(delivery.Message!);
        bool observed = Shard.Events.ObservesSent;
        if (PublishWriter.TryWrite(link, ref publication, delivery.QoS, delivery.Retain, dup: true, slot.PacketId, delivery.Identifiers, observed))
        {
            Shard.Counters.PublishSent++;
            Shard.Counters.PacketsSent++;
            return;
        }

        _losses.Dropped(delivery, DropReason.PacketTooLarge);
        _window.Free(index);
    }

    private void Finish(int index)
    {
        if (Shard.Events.ObservesStages && _window!.At(index).Delivery.Message is { } message)
            Shard.Events.Stage(MessageStage.Acknowledged, message, session.ClientId, session: session, qos: _window.At(index).Delivery.QoS);
        AcknowledgedUnsent(index);
        _window!.Free(index);
    }

    /// <summary>What is acknowledged before it is sent again need not be sent.</summary>
    private void AcknowledgedUnsent(int index)
    {
        if (_resend is not null && _window!.At(index).SentAt == Unsent && --_unsent == 0) _resend = null;
    }

    private void SendPubRel(ushort packetId, ReasonCode reason)
    {
        if (session.Link is { } link) AckWriter.Write(link, PacketType.PubRel, packetId, reason, Shard.Events.ObservesSent);
        Shard.Counters.PacketsSent++;
    }
}
