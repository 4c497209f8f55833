using Amqtt.Broker.Configuration;
using Amqtt.Broker.Routing;
using Amqtt.Broker.Transport;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Broker.Sessions;

/// <summary>
/// The way of messages to one session's client: the receive filter, then the window and the output, or the queue. Order is kept at every step: what waits for a
/// verdict holds back what comes after it, and what is queued goes before anything newer of QoS 1 and 2. On the session's loop.
/// </summary>
internal sealed class Outbox(Session session)
{
    private readonly MessageQueue _queue = new();
    private OutboundWindow? _window;
    private Queue<Filtered>? _awaitingVerdict;
    private long _awaitingBytes;
    private bool _verdictPending;
    private List<RetainedReplay>? _replays;
    private Queue<int>? _resend; // places in the window that the client has not been sent since it came back

    /// <summary>Messages that wait.</summary>
    public int Queued => _queue.Count + (_awaitingVerdict?.Count ?? 0);

    /// <summary>Deliveries in flight.</summary>
    public int Inflight => _window?.Count ?? 0;

    private Shard Shard => session.Shard;

    private LimitOptions Limits => session.Limits;

    /// <summary>A live message for this session.</summary>
    public void Offer(ref Publication publication, QoS qos, bool retain, in SubscriptionIdentifiers identifiers)
    {
        if (Shard.Broker.Topics.IsEmpty)
        {
            Accept(ref publication, qos, retain, identifiers);
            return;
        }

        OfferToFilter(new Filtered(new QueuedMessage(publication.AtRest(), qos, retain, identifiers), Origin.Live));
    }

    /// <summary>Sends again what was in flight and then goes on with the queue: the client is back [MQTT-4.4.0-1].</summary>
    public void Resume()
    {
        _resend = _window is { Count: > 0 } ? new Queue<int>(_window.InOrder()) : null;
        Pump();
    }

    /// <summary>Sends the retained messages of new subscriptions, paced by the window.</summary>
    public void Replay(RetainedReplay replay)
    {
        (_replays ??= []).Add(replay);
        Pump();
    }

    /// <summary>The client is gone: replays end with its connection.</summary>
    public void LinkLost()
    {
        _replays = null;
        _resend = null;
    }

    /// <summary>Goes on with what waits, as far as window and output allow.</summary>
    public void Pump()
    {
        PumpResend();
        while (session.Link is { } link && !_verdictPending && CanSendQos(link) && _queue.TryDequeue(out QueuedMessage next))
        {
            if (DropIfExpired(next)) continue;
            if (Shard.Broker.Topics.IsEmpty) SendKept(link, next);
            else OfferToFilter(new Filtered(next, Origin.Queue));
        }

        PumpReplays();
    }

    /// <summary>PUBACK, PUBREC or PUBCOMP of the client.</summary>
    public void Acknowledged(PacketType type, ushort packetId, ReasonCode reason)
    {
        if (_window is null || !_window.TryFind(packetId, out int index))
        {
            // [MQTT-4.3.3-4]: a PUBREC wants its PUBREL, also when we know nothing of it; 0x92 says so to a v5 client.
            if (type == PacketType.PubRec && reason < ReasonCode.UnspecifiedError) SendPubRel(packetId, ReasonCode.PacketIdentifierNotFound);
            return;
        }

        ref InflightSlot slot = ref _window.At(index);
        switch (type)
        {
            case PacketType.PubAck when slot.State == InflightState.PubAck:
            case PacketType.PubComp when slot.State == InflightState.PubComp:
            case PacketType.PubRec when slot.State == InflightState.PubRec && reason >= ReasonCode.UnspecifiedError:
                Finish(index);
                break;
            case PacketType.PubRec when slot.State is InflightState.PubRec or InflightState.PubComp:
                slot.State = InflightState.PubComp;
                SendPubRel(packetId, ReasonCode.Success);
                break;
        }
    }

    /// <summary>The session ends; what waits is dropped.</summary>
    public void Discard()
    {
        _replays = null;
        while (_queue.TryDequeue(out QueuedMessage message)) Dropped(message, DropReason.SessionEnded);
        if (_awaitingVerdict is null) return;
        foreach (Filtered waiting in _awaitingVerdict) Dropped(waiting.Message, DropReason.SessionEnded);
        _awaitingVerdict = null;
    }

    /// <summary>When the oldest delivery in flight was sent (loop milliseconds); <see cref="long.MaxValue"/> if there is none.</summary>
    public long OldestInflight() => _window is { Count: > 0 } ? _window.OldestSentAt() : long.MaxValue;

    private bool HasQuota(IClientLink link) => _resend is null && Inflight < link.SendQuota;

    private bool CanSendQos(IClientLink link) => HasQuota(link) && link.Channel.UnsentBytes < Limits.MaxOutputBytes;

    private void Accept(ref Publication publication, QoS qos, bool retain, in SubscriptionIdentifiers identifiers)
    {
        IClientLink? link = session.Link;
        if (qos == QoS.AtMostOnce)
        {
            if (link is null) DropUnkept(ref publication, qos, retain, DropReason.Offline);
            else if (link.Channel.UnsentBytes >= Limits.MaxOutputBytes) DropUnkept(ref publication, qos, retain, DropReason.QueueFull);
            else Send(link, ref publication, qos, retain, identifiers);
            return;
        }

        if (link is not null && _queue.Count == 0 && CanSendQos(link)) Send(link, ref publication, qos, retain, identifiers);
        else Enqueue(new QueuedMessage(publication.AtRest(), qos, retain, identifiers));
    }

    private void SendKept(IClientLink link, in QueuedMessage message)
    {
        var publication = new Publication(message.Message!);
        Send(link, ref publication, message.QoS, message.Retain, message.Identifiers);
    }

    private void Send(IClientLink link, ref Publication publication, QoS qos, bool retain, in SubscriptionIdentifiers identifiers)
    {
        bool observed = Shard.Broker.Events.ObservesSent;
        ushort packetId = 0;
        int index = -1;
        if (qos != QoS.AtMostOnce)
        {
            ref InflightSlot slot = ref (_window ??= new OutboundWindow()).Take(qos == QoS.AtLeastOnce ? InflightState.PubAck : InflightState.PubRec, Shard.Loop.Now);
            // A session that ends with its connection never sends again: the identifier is all it needs, unless somebody watches.
            bool keep = session.IsPersistent || Shard.Broker.Events.ObservesStages;
            slot.Delivery = new QueuedMessage(keep ? publication.AtRest() : null, qos, retain, identifiers);
            packetId = slot.PacketId;
            index = packetId;
        }

        if (!PublishWriter.TryWrite(link, ref publication, qos, retain, dup: false, packetId, identifiers, observed))
        {
            if (index >= 0 && _window!.TryFind(packetId, out int taken)) _window.Free(taken);
            DropUnkept(ref publication, qos, retain, DropReason.PacketTooLarge);
            return;
        }

        Shard.Counters.PublishSent++;
        Shard.Counters.PacketsSent++;
        if (Shard.Broker.Events.ObservesStages) Shard.Broker.Events.Stage(MessageStage.Delivered, publication.AtRest(), session.ClientId);
    }

    /// <summary>What was in flight goes out again in its first order, within the new quota and before anything else [MQTT-4.6.0-1].</summary>
    private void PumpResend()
    {
        while (_resend is not null && session.Link is { } link && Inflight - _resend.Count < link.SendQuota)
        {
            if (_resend.TryDequeue(out int index)) Resend(link, index);
            if (_resend.Count == 0) _resend = null;
        }
    }

    private void Resend(IClientLink link, int index)
    {
        ref InflightSlot slot = ref _window!.At(index);
        if (slot.State == InflightState.Free) return; // acknowledged since the client came back
        slot.SentAt = Shard.Loop.Now;
        if (slot.State == InflightState.PubComp)
        {
            SendPubRel(slot.PacketId, ReasonCode.Success);
            return;
        }

        QueuedMessage delivery = slot.Delivery;
        var publication = new Publication(delivery.Message!);
        bool observed = Shard.Broker.Events.ObservesSent;
        if (PublishWriter.TryWrite(link, ref publication, delivery.QoS, delivery.Retain, dup: true, slot.PacketId, delivery.Identifiers, observed))
        {
            Shard.Counters.PublishSent++;
            Shard.Counters.PacketsSent++;
            return;
        }

        Dropped(delivery, DropReason.PacketTooLarge);
        _window.Free(index);
    }

    private void Finish(int index)
    {
        if (Shard.Broker.Events.ObservesStages && _window!.At(index).Delivery.Message is { } message)
            Shard.Broker.Events.Stage(MessageStage.Acknowledged, message, session.ClientId);
        _window!.Free(index);
        if (_queue.Count > 0 || _replays is not null || _resend is not null) Pump();
    }

    private void SendPubRel(ushort packetId, ReasonCode reason)
    {
        if (session.Link is { } link) AckWriter.Write(link, PacketType.PubRel, packetId, reason, Shard.Broker.Events.ObservesSent);
        Shard.Counters.PacketsSent++;
    }

    private void Enqueue(in QueuedMessage message)
    {
        if (!session.IsPersistent && session.Link is null)
        {
            Dropped(message, DropReason.SessionEnded);
            return;
        }

        if (!_queue.HasRoomFor(message, Limits.MaxQueuedMessages, Limits.MaxQueuedBytes) && !MakeRoom(message)) return;
        _queue.Enqueue(message);
        if (session.Link is null) Shard.Broker.Events.Retained(message.Message!, session.ClientId, message.QoS);
        if (Shard.Broker.Events.ObservesStages) Shard.Broker.Events.Stage(MessageStage.Queued, message.Message!, session.ClientId);
    }

    private bool MakeRoom(in QueuedMessage message)
    {
        switch (Limits.QueueOverflow)
        {
            case QueueOverflow.DropOldest:
                while (!_queue.HasRoomFor(message, Limits.MaxQueuedMessages, Limits.MaxQueuedBytes))
                {
                    if (!_queue.TryDequeue(out QueuedMessage oldest)) break; // larger than the whole queue
                    Dropped(oldest, DropReason.QueueFull);
                }

                break;
            case QueueOverflow.Disconnect when session.Link is { } link:
                Dropped(message, DropReason.QueueFull);
                link.Disconnect(ReasonCode.QuotaExceeded, "the queue of messages for this client is full");
                return false;
            case QueueOverflow.DropQos0ThenNewest:
                _queue.RemoveQos0(dropped => Dropped(dropped, DropReason.QueueFull));
                break;
        }

        if (_queue.HasRoomFor(message, Limits.MaxQueuedMessages, Limits.MaxQueuedBytes)) return true;
        Dropped(message, DropReason.QueueFull);
        return false;
    }

    private void PumpReplays()
    {
        // Retained messages come after what is queued, and never fill the output: the cursor waits instead.
        const int ReplayOutput = 256 * 1024;
        const int MessagesPerRound = 1024;
        int budget = MessagesPerRound;
        while (_replays is not null && session.Link is { } link && !_verdictPending && HasQuota(link)
            && link.Channel.UnsentBytes < Math.Min(ReplayOutput, Limits.MaxOutputBytes))
        {
            if (budget-- == 0)
            {
                Shard.Loop.Post(_ => Pump());
                return;
            }

            if (!_replays[0].TryNext(Shard.Loop.Now, out QueuedMessage next))
            {
                if (!_replays[0].IsFinished)
                {
                    Shard.Loop.Post(_ => Pump());
                    return;
                }

                _replays.RemoveAt(0);
                if (_replays.Count == 0) _replays = null;
                continue;
            }

            if (Shard.Broker.Topics.IsEmpty) SendKept(link, next);
            else OfferToFilter(new Filtered(next, Origin.Retained));
        }
    }

    private void OfferToFilter(in Filtered offered)
    {
        if (!_verdictPending)
        {
            Filter(offered);
            return;
        }

        _awaitingVerdict ??= new Queue<Filtered>();
        if (_awaitingVerdict.Count >= Limits.MaxQueuedMessages || _awaitingBytes + offered.Message.Message!.Size > Limits.MaxQueuedBytes)
        {
            Dropped(offered.Message, DropReason.QueueFull);
            return;
        }

        _awaitingBytes += offered.Message.Message.Size;
        _awaitingVerdict.Enqueue(offered);
    }

    private void Filter(in Filtered offered)
    {
        Message message = offered.Message.Message!;
        ValueTask<Verdict> verdict = Shard.Broker.Topics.FilterAsync(TopicAction.Receive, session, message.TopicText, offered.Message.QoS, offered.Message.Retain);
        if (verdict.IsCompleted)
        {
            Apply(offered, verdict.GetAwaiter().GetResult());
            return;
        }

        _verdictPending = true;
        Shard.Loop.Watch(AwaitVerdictAsync(verdict, offered));
    }

    private async Task AwaitVerdictAsync(ValueTask<Verdict> pending, Filtered offered)
    {
        Verdict verdict = await pending.On(Shard.Loop);
        _verdictPending = false;
        Apply(offered, verdict);
        while (!_verdictPending && _awaitingVerdict is not null && _awaitingVerdict.TryDequeue(out Filtered next))
        {
            _awaitingBytes -= next.Message.Message!.Size;
            Filter(next);
        }

        if (!_verdictPending) Pump();
    }

    private void Apply(in Filtered offered, Verdict verdict)
    {
        if (!verdict.IsAllowed || session.HasEnded)
        {
            Dropped(offered.Message, session.HasEnded ? DropReason.SessionEnded : verdict.IsFault ? DropReason.PluginFault : DropReason.NotAuthorized);
            return;
        }

        if (offered.Origin == Origin.Live)
        {
            var publication = new Publication(offered.Message.Message!);
            Accept(ref publication, offered.Message.QoS, offered.Message.Retain, offered.Message.Identifiers);
        }
        else if (session.Link is { } link)
        {
            SendKept(link, offered.Message);
        }
        else if (offered.Origin == Origin.Queue)
        {
            _queue.PutBack(offered.Message); // the client went while the plugin thought
        }
    }

    private bool DropIfExpired(in QueuedMessage message)
    {
        if (!message.Message!.IsExpired(Shard.Loop.Now)) return false;
        Shard.Counters.Expired++;
        Shard.Broker.Events.Stage(MessageStage.Expired, message.Message, session.ClientId);
        return true;
    }

    private void DropUnkept(ref Publication publication, QoS qos, bool retain, DropReason reason)
    {
        Shard.Counters.Dropped[(int)reason]++;
        if (Shard.Broker.Events.ObservesStages) Shard.Broker.Events.Stage(MessageStage.Dropped, publication.AtRest(), session.ClientId, reason);
    }

    private void Dropped(in QueuedMessage message, DropReason reason)
    {
        Shard.Counters.Dropped[(int)reason]++;
        if (message.Message is not null) Shard.Broker.Events.Stage(MessageStage.Dropped, message.Message, session.ClientId, reason);
    }

    /// <summary>Where a message on its way through the filter came from, which says where it goes on.</summary>
    private enum Origin
    {
        Live,
        Queue,
        Retained,
    }

    private readonly record struct Filtered(QueuedMessage Message, Origin Origin);
}
