using Amqtt.Broker.Configuration;
using Amqtt.Broker.Diagnostics;
using Amqtt.Broker.Routing;
using Amqtt.Broker.Transport;
using Amqtt.Plugins;
using Amqtt.Protocol;

namespace Amqtt.Broker.Sessions;

/// <summary>
/// The way of messages to one session's client: the receive filter, then the window and the output, or the queue. Order is kept at every step: what waits for a
/// verdict holds back what comes after it, and what is queued goes before anything newer of QoS 1 and 2. On the session's loop.
/// </summary>
internal sealed class Outbox(Session session)
{
    private const int SmallQueue = 16; // so few are no reason to hold anybody up

    private readonly MessageQueue _queue = new();
    private DeliveryScreen? _plugins;
    private readonly Pace _pace = new();
    private readonly Losses _losses = new(session);
    private readonly Deliveries _deliveries = new(session);
    private RetainedReplays? _replays;
    private bool _hasShared; // messages of shared subscriptions have come
    private bool _hasNewReplay; // the SUBACK of a replay may still wait to be written

    /// <summary>Messages that wait.</summary>
    public int Queued => _queue.Count + (_plugins?.Count ?? 0);

    /// <summary>Bytes of the messages that wait in the queue.</summary>
    public long QueuedBytes => _queue.Bytes;

    /// <summary>Whether publishers wait for this client to catch up.</summary>
    public bool IsCongested => _pace.IsCongested;

    /// <summary>Deliveries in flight.</summary>
    public int Inflight => _deliveries.Count;

    /// <summary>Whether messages wait for acknowledgements of earlier ones. A hint for any thread.</summary>
    public bool HasBacklog => _queue.Count > 0;

    private Shard Shard => session.Shard;

    private bool WaitsForPlugin => _plugins is { IsBusy: true };

    private DeliveryScreen Screen => _plugins ??= new DeliveryScreen(session, GoOn, Pump);

    private LimitOptions Limits => session.Limits;

    /// <summary>
    /// A live message for this session; <paramref name="shared"/> is the subscription if others could get it instead, and <paramref name="others"/> who of them is left to be
    /// asked if somebody could not take it already.
    /// </summary>
    public void Offer(ref Publication publication, QoS qos, bool retain, in SubscriptionIdentifiers identifiers, Subscription? shared = null, OtherMembers? others = null)
    {
        if (shared is not null) _hasShared = true;
        if (Screen.LeavesAlone(ref publication)) Accept(ref publication, qos, retain, identifiers, shared, others);
        else if (!Screen.TryAsk(new Offer(new QueuedMessage(publication.AtRest(), qos, retain, identifiers, shared), OfferOrigin.Live, others))) Refuse(ref publication, DropReason.QueueFull, shared, others);
    }

    /// <summary>Sends again what was in flight and then goes on with the queue: the client is back [MQTT-4.4.0-1].</summary>
    public void Resume()
    {
        _deliveries.Resume();
        Pump();
    }

    /// <summary>Sends the retained messages of new subscriptions, paced by the window.</summary>
    public void Replay(RetainedReplay replay)
    {
        (_replays ??= new RetainedReplays(Shard.Loop, Pump)).Add(replay);
        _hasNewReplay = true;
        Pump();
    }

    /// <summary>The client is gone: replays end with its connection, and what it shares with others and has not been sent goes to one who is there.</summary>
    public void LinkLost()
    {
        _replays?.Clear();
        _deliveries.LinkLost();
        Shard.Router.Congestion.CaughtUp(_pace); // nobody waits for a client that is away
        if (_hasShared && session.IsPersistent) PassOnQueued(); // otherwise the session ends now, and passes on what it has sent first
    }

    /// <summary>Goes on with what waits, as far as window and output allow.</summary>
    public void Pump()
    {
        _deliveries.PumpResend();
        while (session.Link is { } link && !WaitsForPlugin && CanSendQos(link) && _queue.TryDequeue(out QueuedMessage next))
        {
            if (DropIfExpired(next)) continue;
            Send(link, next, OfferOrigin.Queue);
        }

        PumpReplays();
        CatchUp();
    }

    /// <summary>PUBACK, PUBREC or PUBCOMP of the client.</summary>
    public void Acknowledged(PacketType type, ushort packetId, ReasonCode reason)
    {
        if (_deliveries.Acknowledged(type, packetId, reason) && (_queue.Count > 0 || _replays is { IsEmpty: false } || _deliveries.IsResending)) Pump();
    }

    /// <summary>The session ends: what it shares with others goes to them if <paramref name="passOn"/>, and the rest of what waits is dropped.</summary>
    public void Discard(bool passOn)
    {
        _replays?.Clear();
        if (_hasShared && passOn)
        {
            _deliveries.PassOn();
            PassOnQueued();
        }

        while (_queue.TryDequeue(out QueuedMessage message)) _losses.Dropped(message, DropReason.SessionEnded);
        foreach (QueuedMessage waiting in _plugins?.Discard() ?? [])
        {
            if (!passOn || !TryPassOn(waiting)) _losses.Dropped(waiting, DropReason.SessionEnded);
        }

        _deliveries.Discard();
    }

    /// <summary>The session outlives its connection after all. See <see cref="Deliveries.DropUnkept"/>.</summary>
    public void DropUnkept() => _deliveries.DropUnkept();

    /// <summary>Drops what waits in the queue, because there is no memory for it.</summary>
    public void DropQueue()
    {
        while (_queue.TryDequeue(out QueuedMessage message)) _losses.Dropped(message, DropReason.MemoryPressure);
    }

    /// <summary>What waits and what is in flight, for whoever looks.</summary>
    public (IEnumerable<QueuedMessage> Queued, IEnumerable<InflightSlot> Inflight) Contents()
    {
        return ([.. _queue, .. _plugins?.Waiting ?? []], _deliveries.InOrder());
    }

    /// <summary>When the oldest delivery in flight was sent (loop milliseconds); <see cref="long.MaxValue"/> if there is none.</summary>
    public long OldestInflight() => _deliveries.OldestSentAt();

    private bool CanSendQos(IClientLink link) => _deliveries.HasQuota(link) && link.Channel.UnsentBytes < Limits.MaxOutputBytes;

    private void Accept(ref Publication publication, QoS qos, bool retain, in SubscriptionIdentifiers identifiers, Subscription? shared, OtherMembers? others)
    {
        IClientLink? link = session.Link;
        if (publication.ExpiresAt <= Shard.Loop.Now)
        {
            _losses.Expired(ref publication);
            return;
        }

        if (qos == QoS.AtMostOnce)
        {
            if (link is null) Refuse(ref publication, DropReason.Offline, shared, others);
            else if (link.Channel.UnsentBytes >= Limits.MaxOutputBytes / 2 && IsOutputFull(link)) Refuse(ref publication, DropReason.QueueFull, shared, others);
            else if (Shard.Pressure >= MemoryPressure.DropQos0) _losses.Dropped(ref publication, DropReason.MemoryPressure);
            else if (!_deliveries.TrySend(link, ref publication, qos, retain, identifiers, shared)) Refuse(ref publication, DropReason.PacketTooLarge, shared, others);
            return;
        }

        if (link is not null && _queue.Count == 0 && CanSendQos(link))
        {
            if (!_deliveries.TrySend(link, ref publication, qos, retain, identifiers, shared)) Refuse(ref publication, DropReason.PacketTooLarge, shared, others);
        }
        else if (IsQueueFull(publication))
        {
            Refuse(ref publication, DropReason.QueueFull, shared, others);
        }
        else
        {
            Enqueue(new QueuedMessage(publication.AtRest(), qos, retain, identifiers, shared), others);
        }
    }

    /// <summary>The client does not get a message. Another member of its shared group may take it; otherwise it is dropped.</summary>
    private void Refuse(ref Publication publication, DropReason reason, Subscription? shared, OtherMembers? others = null)
    {
        if (!TryOfferOthers(ref publication, shared, others)) _losses.Dropped(ref publication, reason);
    }

    private bool TryOfferOthers(ref Publication publication, Subscription? shared, OtherMembers? others)
    {
        if (shared?.Group is not { } group) return false;
        Publication offered = publication.Kept?.ChangedFrom is { } original ? new Publication(original) : publication;
        if (!Shard.Router.TryOffer(ref offered, others ?? group.OthersThan(shared, onlineOnly: offered.QoS == QoS.AtMostOnce))) return false;
        _losses.PassedOn(ref publication);
        return true;
    }

    /// <summary>Whether a message would only be kept to be dropped: a receiver that never reads must not cost a copy of everything that is sent to it.</summary>
    private bool IsQueueFull(in Publication publication) =>
        Limits.QueueOverflow == QueueOverflow.DropQos0ThenNewest && !_queue.HasQos0
        && !_queue.HasRoomFor(publication.Topic.Length + publication.Properties.Length + publication.Payload.Length, Limits.MaxQueuedMessages, Limits.MaxQueuedBytes);

    private void Send(IClientLink link, in QueuedMessage message, OfferOrigin origin)
    {
        var publication = new Publication(message.Message!);
        if (Screen.LeavesAlone(ref publication)) SendKept(link, message);
        else if (!Screen.TryAsk(new Offer(message, origin))) Refuse(ref publication, DropReason.QueueFull, message.Shared);
    }

    /// <summary>Slow path: a good deal of output waits. Whoever publishes is held up; what is too much is dropped.</summary>
    private bool IsOutputFull(IClientLink link)
    {
        Shard.Router.Congestion.Report(_pace);
        link.Channel.TellWhenDrained();
        return link.Channel.UnsentBytes >= Limits.MaxOutputBytes;
    }

    /// <summary>Publishers go on when half of what held them up has gone.</summary>
    private void CatchUp()
    {
        if (!_pace.IsCongested && !_pace.IsSlow) return;
        // One that was slow has to get further before anybody waits for it again.
        int part = _pace.IsSlow ? 8 : 4;
        if (_queue.Count > Limits.MaxQueuedMessages / part || _queue.Bytes > Limits.MaxQueuedBytes / part) return;
        if (session.Link is { } link && link.Channel.UnsentBytes > Limits.MaxOutputBytes / part) link.Channel.TellWhenDrained();
        else Shard.Router.Congestion.CaughtUp(_pace);
    }

    private void SendKept(IClientLink link, in QueuedMessage message)
    {
        var publication = new Publication(message.Message!);
        if (!_deliveries.TrySend(link, ref publication, message.QoS, message.Retain, message.Identifiers, message.Shared))
            Refuse(ref publication, DropReason.PacketTooLarge, message.Shared);
    }

    private void Enqueue(in QueuedMessage message, OtherMembers? others)
    {
        if (!session.IsPersistent && session.Link is null)
        {
            _losses.Dropped(message, DropReason.SessionEnded);
            return;
        }

        if (!_queue.HasRoomFor(message, Limits.MaxQueuedMessages, Limits.MaxQueuedBytes))
        {
            var publication = new Publication(message.Message!);
            if (TryOfferOthers(ref publication, message.Shared, others) || !MakeRoom(message)) return;
        }

        _queue.Enqueue(message);
        if (session.Link is not null && (_queue.Count > Math.Max(SmallQueue, Limits.MaxQueuedMessages / 2) || _queue.Bytes > Limits.MaxQueuedBytes / 2)) Shard.Router.Congestion.Report(_pace);
        if (session.Link is null) Shard.Events.Retained(message.Message!, session.ClientId, message.QoS, session);
        if (Shard.Events.ObservesStages) Shard.Events.Stage(MessageStage.Queued, message.Message!, session.ClientId, session: session, qos: message.QoS);
    }

    private bool MakeRoom(in QueuedMessage message)
    {
        switch (Limits.QueueOverflow)
        {
            case QueueOverflow.DropOldest when MessageQueue.CanHold(message, Limits.MaxQueuedBytes):
                while (!_queue.HasRoomFor(message, Limits.MaxQueuedMessages, Limits.MaxQueuedBytes))
                {
                    if (!_queue.TryDequeue(out QueuedMessage oldest)) break;
                    _losses.Dropped(oldest, DropReason.QueueFull);
                }

                break;
            case QueueOverflow.Disconnect when session.Link is { } link:
                _losses.Dropped(message, DropReason.QueueFull);
                link.Disconnect(ReasonCode.QuotaExceeded, "the queue of messages for this client is full");
                return false;
            case QueueOverflow.DropQos0ThenNewest:
                _queue.RemoveQos0(dropped => _losses.Dropped(dropped, DropReason.QueueFull));
                break;
        }

        if (_queue.HasRoomFor(message, Limits.MaxQueuedMessages, Limits.MaxQueuedBytes)) return true;
        _losses.Dropped(message, DropReason.QueueFull);
        return false;
    }

    private void PumpReplays()
    {
        // Retained messages come after what is queued, and never fill the output: the cursor waits instead.
        const int ReplayOutput = 256 * 1024;
        while (_replays is not null && Shard.Pressure < MemoryPressure.HoldRetained && session.Link is { } link && !WaitsForPlugin && _deliveries.HasQuota(link)
            && link.Channel.UnsentBytes < Math.Min(ReplayOutput, Limits.MaxOutputBytes) && _replays.TryNext(out QueuedMessage next))
        {
            if (_hasNewReplay) link.Channel.Flush(); // simple clients take what comes with the SUBACK for a part of it
            _hasNewReplay = false;
            Send(link, next, OfferOrigin.Retained);
        }
    }

    /// <summary>Plugins let it pass.</summary>
    private void GoOn(Offer offer)
    {
        QueuedMessage message = offer.Message;
        if (session.Link is null && !Shard.Broker.IsShuttingDown && TryPassOn(message)) return; // it went while the plugin thought
        if (session.HasEnded)
        {
            _losses.Dropped(message, DropReason.SessionEnded);
        }
        else if (offer.Origin == OfferOrigin.Live)
        {
            var publication = new Publication(message.Message!);
            Accept(ref publication, message.QoS, message.Retain, message.Identifiers, message.Shared, offer.Others);
        }
        else if (DropIfExpired(message))
        {
            return;
        }
        else if (session.Link is { } link && _deliveries.HasQuota(link))
        {
            SendKept(link, message);
        }
        else if (offer.Origin == OfferOrigin.Queue)
        {
            _queue.PutBack(message); // it may be back
        }
    }

    private bool DropIfExpired(in QueuedMessage message)
    {
        if (!message.Message!.IsExpired(Shard.Loop.Now)) return false;
        var publication = new Publication(message.Message);
        _losses.Expired(ref publication);
        return true;
    }

    /// <summary>What waits unsent for this member of a shared subscription goes to another who can take it now.</summary>
    private void PassOnQueued()
    {
        for (int left = _queue.Count; left > 0 && _queue.TryDequeue(out QueuedMessage message); left--)
        {
            if (!TryPassOn(message)) _queue.Enqueue(message);
        }
    }

    private bool TryPassOn(in QueuedMessage message)
    {
        if (message.Shared is not { } shared) return false;
        var publication = new Publication(message.Message!.AsPublished);
        if (!Shard.Router.TryPassOn(ref publication, shared)) return false;
        _losses.PassedOn(message);
        return true;
    }
}
