using Amqtt.Broker.Transport;
using Amqtt.Plugins;
using Amqtt.Protocol;

namespace Amqtt.Broker.Connections;

/// <summary>
/// What a connection must not do for too long: not send CONNECT, be silent beyond its keep-alive, take none of its output, acknowledge nothing. One timer for all,
/// which looks at time stamps when it fires instead of being moved by every packet. On the connection's loop.
/// </summary>
internal sealed class Watchdog
{
    private const long Never = long.MaxValue;

    private readonly Connection _connection;
    private readonly LoopTimer _timer;
    private readonly long _stallTimeout;
    private readonly long _ackTimeout;
    private long _connectDeadline = Never;
    private long _silence = Never;

    public Watchdog(Connection connection)
    {
        _connection = connection;
        _timer = new LoopTimer(Look);
        _stallTimeout = (long)connection.Limits.OutputStallTimeout.TotalMilliseconds;
        TimeSpan ack = connection.Broker.Options.AckTimeout;
        _ackTimeout = ack == Timeout.InfiniteTimeSpan ? Never : (long)ack.TotalMilliseconds;
    }

    private EventLoop Loop => _connection.Channel.Loop;

    /// <summary>Starts the time for a complete CONNECT (P-C5).</summary>
    public void AwaitConnect()
    {
        _connectDeadline = Loop.Now + (long)_connection.Limits.ConnectTimeout.TotalMilliseconds;
        Loop.Timers.Schedule(_timer, _connectDeadline);
    }

    /// <summary>The client is connected: from now on its keep-alive counts [MQTT-3.1.2-22].</summary>
    public void KeepAlive(TimeSpan keepAlive)
    {
        _connectDeadline = Never;
        _silence = keepAlive == TimeSpan.Zero
            ? Never
            : (long)((keepAlive.TotalMilliseconds * 1.5) + _connection.Broker.Options.TimeoutDisconnectDelay.TotalMilliseconds);
        Loop.Timers.Schedule(_timer, NextLook());
    }

    /// <summary>Looks no more.</summary>
    public void Stop() => _timer.Cancel();

    private void Look()
    {
        long now = Loop.Clock.Now;
        if (!_connection.IsConnected)
        {
            // While a plugin thinks about the CONNECT, the plugin's own time-out counts; then it is the client's turn again, if it has one.
            if (_connection.IsBusy) Loop.Timers.Schedule(_timer, now + TimerWheel.TickMilliseconds);
            else _connection.Refuse();
        }
        else if (_silence != Never && !_connection.IsBusy && now - _connection.LastReceived > _silence)
        {
            _connection.Fail(ReasonCode.KeepAliveTimeout, text: null, DisconnectCause.KeepAliveTimeout);
        }
        else if (_connection.Channel.IsBlocked && now - _connection.Channel.LastProgress >= _stallTimeout)
        {
            _connection.Fail(ReasonCode.UnspecifiedError, "the client takes none of what it is sent", DisconnectCause.LimitExceeded);
        }
        else if (_ackTimeout != Never && _connection.Session!.Outbox.OldestInflight() is var oldest && oldest != Never && now - oldest >= _ackTimeout)
        {
            _connection.Fail(ReasonCode.UnspecifiedError, "a delivery was not acknowledged in time", DisconnectCause.LimitExceeded);
        }
        else
        {
            Loop.Timers.Schedule(_timer, NextLook());
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
