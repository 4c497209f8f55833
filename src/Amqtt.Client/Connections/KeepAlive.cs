using Amqtt.Protocol;

namespace Amqtt.Client.Connections;

/// <summary>Pings a silent connection, and ends one whose pings stay unanswered. The client's gate guards its pings.</summary>
internal sealed class KeepAlive : IDisposable
{
    private readonly Lock _gate;
    private readonly Link _link;
    private readonly TimeProvider _time;
    private readonly TimeSpan _interval;
    private readonly TimeSpan _patience;
    private readonly Action<Exception> _lost;
    private readonly ITimer? _timer;

    // Pings are answered in the order in which they were sent.
    private readonly Queue<Ping> _pings = new();
    private bool _disposed;

    /// <param name="gate">The client's gate.</param>
    /// <param name="link">Where pings go.</param>
    /// <param name="time">The clock.</param>
    /// <param name="delay">A ping goes out so long before the keep alive is over; zero = no automatic pings.</param>
    /// <param name="lost">What to do when the broker does not answer.</param>
    public KeepAlive(Lock gate, Link link, TimeProvider time, TimeSpan delay, Action<Exception> lost)
    {
        _gate = gate;
        _link = link;
        _time = time;
        _lost = lost;
        _patience = TimeSpan.FromSeconds(link.Limits.KeepAlive);
        link.LastSent = time.GetTimestamp();
        if (delay <= TimeSpan.Zero || _patience <= TimeSpan.Zero)
            return;
        // A broker may ask for less than the delay was made for.
        _interval = _patience > delay ? _patience - delay : _patience / 2;
        _timer = time.CreateTimer(static state => ((KeepAlive)state!).Tick(), this, _interval, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Sends a PINGREQ.</summary>
    /// <returns>Done with the answer; fails if the connection ends before.</returns>
    public Task PingAsync()
    {
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_disposed)
                throw new ConnectionLostException("The connection was lost.");
            Send(answer);
        }

        return answer.Task;
    }

    /// <summary>A PINGRESP came; one that nobody waits for means nothing. Inside the gate.</summary>
    public void Answered()
    {
        if (_pings.TryDequeue(out var ping))
            ping.Answer?.TrySetResult();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            while (_pings.TryDequeue(out var ping))
                ping.Answer?.TrySetException(new ConnectionLostException("The connection was lost before the ping was answered."));
        }

        _timer?.Dispose();
    }

    private void Tick()
    {
        Exception? lost = null;
        lock (_gate)
        {
            if (_disposed)
                return;
            if (_pings.TryPeek(out var oldest) && _time.GetElapsedTime(oldest.SentAt) >= _patience)
            {
                lost = new ClientException($"The broker did not answer a ping within {_patience.TotalSeconds:0.###} s.");
            }
            else
            {
                // One unanswered ping is enough to learn from.
                var idle = _time.GetElapsedTime(_link.LastSent);
                if (idle >= _interval && _pings.Count == 0)
                {
                    Send(null);
                    idle = TimeSpan.Zero;
                }

                var next = _pings.TryPeek(out oldest) ? _patience - _time.GetElapsedTime(oldest.SentAt) : _interval - idle;
                _timer!.Change(next > TimeSpan.FromMilliseconds(1) ? next : TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
            }
        }

        if (lost is not null)
            _lost(lost);
    }

    private void Send(TaskCompletionSource? answer)
    {
        var now = _time.GetTimestamp();
        _pings.Enqueue(new(now, answer));
        _link.LastSent = now;
        var packet = _link.Output.GetSpan(2);
        packet[0] = (byte)PacketType.PingReq << 4;
        packet[1] = 0;
        _link.Appended(2);
    }

    private readonly record struct Ping(long SentAt, TaskCompletionSource? Answer);
}
