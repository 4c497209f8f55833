using Amqtt.Broker.Configuration;
using Amqtt.Broker.Diagnostics;
using Amqtt.Broker.Transport;
using Amqtt.Plugins;
using Amqtt.Protocol;

namespace Amqtt.Broker.Connections;

/// <summary>
/// What a connection must not do for too long: not send CONNECT, be silent beyond its keep-alive, take none of its output, acknowledge nothing. One timer for all,
/// which looks at time stamps when it fires instead of being moved by every packet. On the connection's loop.
/// </summary>
internal sealed class Watchdog : LoopTimer
{
    private const long Never = long.MaxValue;

    private static readonly TimeSpan UnservedTimeout = TimeSpan.FromSeconds(2);

    private readonly Connection _connection;
    private readonly TimeSpan _connectTimeout;
    private readonly long _stallTimeout;
    private readonly long _ackTimeout;
    private long _silence = Never;

    public Watchdog(Connection connection, ListenerOptions listener)
    {
        _connection = connection;
        _connectTimeout = listener.Ssl ? listener.Limits.TlsConnectTimeout : listener.Limits.ConnectTimeout;
        _stallTimeout = (long)connection.Limits.OutputStallTimeout.TotalMilliseconds;
        TimeSpan ack = connection.Broker.Options.AckTimeout;
        _ackTimeout = ack == Timeout.InfiniteTimeSpan ? Never : (long)ack.TotalMilliseconds;
    }

    private EventLoop Loop => _connection.Channel.Loop;

    /// <summary>Starts the time for a complete CONNECT (P-C5).</summary>
    public void AwaitConnect(Place place)
    {
        // Whoever is only to be told why it is not served must not take long about it.
        bool isHurried = place.Admission != Admission.Granted && _connectTimeout > UnservedTimeout;
        Loop.Timers.Schedule(this, place.Since + (long)(isHurried ? UnservedTimeout : _connectTimeout).TotalMilliseconds);
    }

    /// <summary>The client is connected: from now on its keep-alive counts [MQTT-3.1.2-22].</summary>
    public void KeepAlive(TimeSpan keepAlive)
    {
        _silence = keepAlive == TimeSpan.Zero
            ? Never
            : (long)((keepAlive.TotalMilliseconds * 1.5) + _connection.Broker.Options.TimeoutDisconnectDelay.TotalMilliseconds);
        Loop.Timers.Schedule(this, NextLook());
    }

    /// <inheritdoc/>
    protected override void OnDue()
    {
        long now = Loop.Clock.Now;
        if (!_connection.IsConnected)
        {
            // While a plugin thinks about the CONNECT, the plugin's own time-out counts; then it is the client's turn again, if it has one.
            if (_connection.IsBusy)
            {
                Loop.Timers.Schedule(this, now + TimerWheel.TickMilliseconds);
                return;
            }

            _connection.Refusals.Count(Refusal.ConnectTimeout);
            _connection.Refuse();
        }
        else if (_silence != Never && !_connection.IsBusy && !_connection.Channel.IsPaused && now - Math.Max(_connection.LastReceived, _connection.Channel.LastHeldUp) > _silence)
        {
            _connection.Fail(ReasonCode.KeepAliveTimeout, text: null, DisconnectCause.KeepAliveTimeout);
        }
        else if (_connection.Channel.IsBlocked && now - _connection.Channel.LastProgress >= _stallTimeout)
        {
            _connection.Fail(ReasonCode.UnspecifiedError, "the client takes none of what it is sent", DisconnectCause.LimitExceeded, refusal: Refusal.OutputStallTimeout);
        }
        else if (_ackTimeout != Never && _connection.Session!.Outbox.OldestInflight() is var oldest && oldest != Never && now - oldest >= _ackTimeout)
        {
            _connection.Fail(ReasonCode.UnspecifiedError, "a delivery was not acknowledged in time", DisconnectCause.LimitExceeded, refusal: Refusal.AckTimeout);
        }
        else
        {
            Loop.Timers.Schedule(this, NextLook());
        }
    }

    private long NextLook()
    {
        long now = Loop.Clock.Now;
        long next = now + _stallTimeout;
        if (_silence != Never) next = Math.Min(next, _connection.LastReceived + _silence + 1);
        if (_ackTimeout != Never) next = Math.Min(next, now + Math.Max(TimerWheel.TickMilliseconds, _ackTimeout / 4));
        return Math.Max(next, now + 1);
    }
}
