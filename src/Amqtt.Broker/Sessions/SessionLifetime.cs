using Amqtt.Broker.Diagnostics;
using Amqtt.Broker.Routing;
using Amqtt.Broker.Transport;
using Amqtt.Plugins;

namespace Amqtt.Broker.Sessions;

/// <summary>How long a session lives after its connection, and when its will is sent: the two clocks that run while the client is away. On the session's loop.</summary>
internal sealed class SessionLifetime(Session session)
{
    private LoopTimer? _expiryTimer;
    private LoopTimer? _willTimer;
    private Will? _will;
    private string? _placeOf; // whose place it is: a session may get an owner later

    /// <summary>How long it outlives its connection: zero = not at all, infinite = for ever.</summary>
    public TimeSpan Expiry { get; private set; }

    /// <summary>When the last connection ended.</summary>
    public DateTimeOffset? DisconnectedAt { get; private set; }

    /// <summary>Whether it has a place among the persistent sessions.</summary>
    public bool HasPlace { get; private set; }

    /// <summary>Whether the session has ended.</summary>
    public bool HasEnded { get; private set; }

    private Shard Shard => session.Shard;

    /// <summary>A connection begins: both clocks stop, and only its will counts from now on (P-C17).</summary>
    /// <param name="expiry">How long the session outlives the connection.</param>
    /// <param name="will">The connection's will.</param>
    /// <param name="hasPlace">Whether a place among the persistent sessions has been taken for it.</param>
    public void Connected(TimeSpan expiry, Will? will, bool hasPlace)
    {
        _expiryTimer?.Cancel();
        _willTimer?.Cancel();
        _will = will;
        Expiry = expiry;
        if (hasPlace) TakePlace();
        if (!session.IsPersistent) LeavePlace();
    }

    /// <summary>It begins without a connection; the expiry runs from now on. The caller has taken its place among the persistent sessions.</summary>
    public void BeginOffline(TimeSpan expiry)
    {
        Expiry = expiry;
        TakePlace();
        ScheduleExpiry();
    }

    /// <summary>Its place is that of its present owner from now on.</summary>
    public void Claimed() => _placeOf = session.Identity;

    /// <summary>Leaves its place to the session that follows it; false if it has none.</summary>
    public bool HandOverPlace()
    {
        bool had = HasPlace;
        HasPlace = false;
        return had;
    }

    /// <summary>The will is not to be sent.</summary>
    public void DropWill() => _will = null;

    /// <summary>
    /// Takes another expiry before the connection ends. A session that only now is to outlive it needs a place; otherwise says which limit has none left, and the expiry stays as it is.
    /// </summary>
    public Refusal? TryChangeExpiry(TimeSpan expiry)
    {
        if (expiry != TimeSpan.Zero && !HasPlace)
        {
            if (Shard.Broker.SessionQuota.TryTake(session.Identity) is { } full) return full;
            TakePlace();
        }

        Expiry = expiry;
        return null;
    }

    /// <summary>The connection has ended.</summary>
    public void Disconnected(bool sendWill)
    {
        DisconnectedAt = Shard.Broker.Clock.Time.GetUtcNow();
        if (!sendWill) _will = null;
        if (Expiry == TimeSpan.Zero)
        {
            End(SessionChange.Expired);
            return;
        }

        if (_will is not null) ScheduleWill(_will.Delay);
        ScheduleExpiry();
    }

    private void ScheduleExpiry()
    {
        if (Expiry == Timeout.InfiniteTimeSpan) return;
        _expiryTimer ??= new TimedCallback(() => End(SessionChange.Expired));
        Shard.Loop.Timers.Schedule(_expiryTimer, Shard.Loop.Clock.Now + (long)Expiry.TotalMilliseconds);
    }

    /// <summary>Ends the session: a will that still waits is sent now [MQTT-3.1.2-8], and nothing of the session stays.</summary>
    public void End(SessionChange change)
    {
        if (HasEnded) return;
        HasEnded = true;
        Leave(withEvents: !Shard.Broker.IsShuttingDown);
        SendWill();
        Shard.Events.SessionChanged(session, change);
    }

    /// <summary>Drops the session without a trace.</summary>
    public void Abandon()
    {
        HasEnded = true;
        _will = null;
        Leave(withEvents: false);
    }

    private void Leave(bool withEvents)
    {
        _expiryTimer?.Cancel();
        _willTimer?.Cancel();
        session.Subscriptions.Clear(withEvents);
        session.Outbox.Discard(passOn: withEvents);
        Shard.Sessions.Remove(session);
        LeavePlace();
    }

    private void TakePlace()
    {
        HasPlace = true;
        _placeOf = session.Identity;
    }

    private void LeavePlace()
    {
        if (!HasPlace) return;
        HasPlace = false;
        Shard.Broker.SessionQuota.Return(_placeOf);
    }

    private void ScheduleWill(TimeSpan delay)
    {
        if (delay == TimeSpan.Zero)
        {
            SendWill();
            return;
        }

        _willTimer ??= new TimedCallback(SendWill);
        Shard.Loop.Timers.Schedule(_willTimer, Shard.Loop.Clock.Now + (long)delay.TotalMilliseconds);
    }

    private void SendWill()
    {
        if (_will is not { } will) return;
        _will = null;
        Shard.Loop.Watch(SendWillAsync(will));
    }

    /// <summary>A will is an ordinary publish: transformed and filtered once more when it is due, then retained and routed.</summary>
    private async Task SendWillAsync(Will will)
    {
        Message message = will.Message;
        long expiresAt = will.MessageExpiry is { } life ? Shard.Loop.Clock.Now + (long)life.TotalMilliseconds : long.MaxValue;
        if (!Shard.Broker.Hooks.LeavesWillsAlone)
        {
            // What waits for a plugin is kept; its life begins now.
            var due = new Message(message.Topic, message.Properties, message.Payload, message.QoS, message.Retain, expiresAt, message.PublisherClientId);
            if (await Shard.Wills.ScreenAsync(due, session).On(Shard.Loop) is not { } screened || Shard.Broker.IsShuttingDown) return;
            (message, expiresAt) = (screened, screened.ExpiresAt);
        }

        Send(message, expiresAt);
    }

    private void Send(Message message, long expiresAt)
    {
        if (message.Topic[0] == (byte)'$') return; // as a client's own publish to such a topic (P-C17)
        var publication = new Publication(message.Topic, message.Properties, message.Payload, message.QoS, message.Retain, expiresAt, message.PublisherClientId);
        Shard.Publisher.Publish(ref publication, Shard.Router.Find(message.Topic), session);
    }
}
