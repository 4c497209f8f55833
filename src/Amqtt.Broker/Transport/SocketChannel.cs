using System.Runtime.InteropServices;

namespace Amqtt.Broker.Transport;

/// <summary>
/// A plain socket on Linux: one receive per readiness, one send per round, and no system call that could have been left out (level-triggered epoll tells
/// of the rest, so nothing is read twice to see EAGAIN; writability is watched only after a short write).
/// </summary>
internal sealed class SocketChannel(EventLoop loop, int fd, PeerInfo peer) : Channel(loop, peer), IReadinessHandler
{
    private const int NotWatched = -1;

    private int _token = NotWatched;
    private bool _reading;
    private bool _blocked;
    private NagleWatch _nagle;

    /// <inheritdoc/>
    public override bool IsBlocked => _blocked;

    /// <inheritdoc/>
    public void OnReady(Readiness readiness)
    {
        try
        {
            if (readiness.HasFlag(Readiness.Write) && _blocked) Unblock();
            if (!readiness.HasFlag(Readiness.Read) || _token == NotWatched) return;
            // Not asked for while only a write is awaited, so it can only mean that the peer is gone.
            if (_reading) ReadOnce();
            else Ended();
        }
        catch (Exception fault)
        {
            Fail(fault);
        }
    }

    /// <inheritdoc/>
    protected override void StartReading()
    {
        _reading = true;
        Rewatch();
    }

    /// <inheritdoc/>
    protected override void StopReading()
    {
        _reading = false;
        Rewatch();
    }

    /// <inheritdoc/>
    protected override void Write()
    {
        ReadOnlySpan<byte> bytes = Output.Bytes;
        nint sent = Libc.Send(fd, bytes);
        if (sent < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error is not (Libc.Again or Libc.Interrupted))
            {
                // Read what the peer sent before it went; the end of the stream follows from the poller or from here.
                Output.Release(Loop.Buffers);
                EndLater();
                return;
            }

            sent = 0;
        }

        bool all = sent == bytes.Length;
        Output.Consume(Loop.Buffers, (int)sent);
        OutputProgress((int)sent);
        if (all)
        {
            if (!_blocked) return;
            _blocked = false;
            Rewatch();
            OutputTaken();
            return;
        }

        OutputBlocked();
        if (_blocked) return;
        _blocked = true;
        Rewatch();
    }

    /// <inheritdoc/>
    protected override void ShutdownOutput() => _ = Libc.Shutdown(fd, Libc.ShutdownSend);

    /// <inheritdoc/>
    protected override void CloseTransport()
    {
        _reading = _blocked = false;
        Rewatch();
        _ = Libc.Close(fd);
    }

    /// <inheritdoc/>
    protected override void Leave() => Unwatch();

    /// <inheritdoc/>
    protected override void Arrive() => Rewatch();

    /// <summary>On whatever loop it is by then.</summary>
    private void EndLater() => Loop.Post(loop =>
    {
        if (loop == Loop) Ended();
        else EndLater();
    });

    private void Unblock()
    {
        if (Output.Count > 0)
        {
            Write();
            return;
        }

        _blocked = false;
        Rewatch();
        OutputTaken();
    }

    private void ReadOnce()
    {
        Span<byte> target = PrepareRead();
        nint received = Libc.Receive(fd, target);
        if (received > 0)
        {
            if (_nagle.HasWaited(Loop.Now)) Libc.AcknowledgeNow(fd);
            Received(target, (int)received);
            return;
        }

        if (received < 0 && Marshal.GetLastPInvokeError() is Libc.Again or Libc.Interrupted) return; // readiness was stale
        Ended();
    }

    /// <summary>Removed, not masked, while nothing is wanted: a closed peer would wake the loop for ever.</summary>
    private void Rewatch()
    {
        Readiness wanted = (_reading ? Readiness.Read : Readiness.None) | (_blocked ? Readiness.Write : Readiness.None);
        if (wanted == Readiness.None)
        {
            Unwatch();
        }
        else if (_token == NotWatched)
        {
            _token = Loop.Poller.Watch(fd, this, wanted);
        }
        else
        {
            Loop.Poller.Change(fd, _token, wanted);
        }
    }

    private void Unwatch()
    {
        if (_token == NotWatched) return;
        Loop.Poller.Unwatch(fd, _token);
        _token = NotWatched;
    }
}
