namespace Amqtt.Broker.Transport;

/// <summary>
/// Bytes in, bytes out, on one loop. What differs between transports (how bytes are read and written) is in the derived classes; what a connection
/// sees (gathering output until the end of the round, keeping what is not yet a packet, pausing) is here, once.
/// </summary>
internal abstract class Channel(EventLoop loop, PeerInfo peer)
{
    // Beyond this much the output is written at once: larger buffers fall out of the processor's cache.
    private const int EarlyDrain = 48 * 1024;

    private ByteQueue _input; // what was received and is no complete packet yet, or waits while paused
    private ByteQueue _output;
    private InputState _state = InputState.Paused;
    private bool _dirty;
    private bool _inHandler;
    private bool _resumeScheduled;
    private bool _wasBlocked;
    private long _unsentAtPause; // bytes that must leave before input goes on; 0 = nothing is waited for

    private enum InputState
    {
        Reading,
        Yielded, // more packets are here already; their turn is the next round
        Paused, // not read at all
        Discarding, // being closed: what still comes is thrown away
        Closed,
    }

    /// <summary>The loop that owns this channel.</summary>
    public EventLoop Loop { get; private set; } = loop;

    /// <summary>Who is at the other end. Set before the connection begins, if a proxy says so.</summary>
    public PeerInfo Peer { get; set; } = peer;

    /// <summary>What lives on it.</summary>
    public IChannelHandler Handler { get; set; } = null!;

    /// <summary>The most that is read in one round (<c>limits.max_round_bytes</c>).</summary>
    public int RoundBytes { get; set; } = int.MaxValue;

    /// <summary>Called once, on the loop, when the transport has been given back.</summary>
    public Action<Channel>? WhenClosed { get; set; }

    /// <summary>Whether it has been closed, or is being closed after the last output.</summary>
    public bool IsClosed => _state is InputState.Closed or InputState.Discarding;

    /// <summary>Whether nothing is read although the peer may have sent something.</summary>
    public bool IsPaused => _state == InputState.Paused;

    /// <summary>When the peer was last let go on after it had been held up (loop milliseconds): the silence before was ours.</summary>
    public long LastHeldUp { get; private set; }

    /// <summary>Bytes that are appended and not yet taken by the peer's side of the transport.</summary>
    public int UnsentBytes => _output.Count + BytesInFlight;

    /// <summary>Whether the peer does not take what is written.</summary>
    public abstract bool IsBlocked { get; }

    /// <summary>When the peer last took something (loop milliseconds); only meaningful while <see cref="IsBlocked"/>.</summary>
    public long LastProgress { get; protected set; }

    /// <summary>Bytes handed to the transport whose write has not completed.</summary>
    protected virtual int BytesInFlight => 0;

    /// <summary>What waits to be written.</summary>
    protected ref ByteQueue Output => ref _output;

    /// <summary>Room for a packet of up to <paramref name="size"/> bytes at the end of the output; <see cref="Commit"/> makes it part of it.</summary>
    public Span<byte> Reserve(int size) => _output.Reserve(Loop.Buffers, size);

    /// <summary>Appends the first <paramref name="size"/> bytes of the reserved room. They are written at the end of the round.</summary>
    public void Commit(int size)
    {
        if (IsClosed)
        {
            _output.Release(Loop.Buffers);
            return;
        }

        _output.Advance(size);
        Loop.BytesSent += size;
        if (!_dirty)
        {
            _dirty = true;
            Loop.MarkDirty(this);
        }

        if (_output.Count >= EarlyDrain && !IsBlocked) Write();
    }

    /// <summary>Starts reading. Called once, on the loop, when the handler is set.</summary>
    public void Start()
    {
        _state = InputState.Reading;
        StartReading();
    }

    /// <summary>Stops taking input until <see cref="Resume"/>: the peer is slowed by its own transport.</summary>
    public void Pause()
    {
        if (_state == InputState.Reading) StopReading();
        if (_state is InputState.Reading or InputState.Yielded) _state = InputState.Paused;
    }

    /// <summary>Stops taking input until the peer has taken everything that is appended now.</summary>
    public void PauseUntilSent()
    {
        if (_state is not (InputState.Reading or InputState.Yielded)) return;
        Pause();
        _unsentAtPause = UnsentBytes;
        if (_unsentAtPause == 0) Resume();
    }

    /// <summary>Goes on after <see cref="Pause"/>, first with what is here already.</summary>
    public void Resume()
    {
        if (_state != InputState.Paused) return;
        _unsentAtPause = 0;
        _state = InputState.Yielded;
        ScheduleContinue();
    }

    /// <summary>Goes on with a peer that had been held up although it may have had something to say.</summary>
    public void LetGo()
    {
        LastHeldUp = Loop.Now;
        Resume();
    }

    /// <summary>To be called from <see cref="IChannelHandler.OnReceived"/>: the rest of the bytes has its turn in the next round.</summary>
    public void Yield()
    {
        if (_state != InputState.Reading) return;
        StopReading();
        _state = InputState.Yielded;
        ScheduleContinue();
    }

    /// <summary>Closes now; what is not written is lost.</summary>
    public void Close()
    {
        if (_state == InputState.Closed) return;
        bool reading = _state is InputState.Reading or InputState.Discarding;
        _state = InputState.Closed;
        if (reading) StopReading();
        if (!_inHandler) _input.Release(Loop.Buffers);
        _output.Release(Loop.Buffers);
        CloseTransport();
        WhenClosed?.Invoke(this);
    }

    /// <summary>
    /// Closes when what was appended has been written: nothing is read any more, the sending side is shut down behind the last byte, and what the
    /// peer still sends is thrown away until it closes. An immediate close would reset the connection and take our last packet with it.
    /// </summary>
    public void CloseAfterOutput(TimeSpan patience)
    {
        if (IsClosed) return;
        if (_output.Count > 0) Write();
        if (IsClosed) return;
        _state = InputState.Discarding;
        if (!_inHandler) _input.Release(Loop.Buffers);
        StartReading(); // whatever was the case before: the end of the stream must be seen
        Loop.Timers.Schedule(new TimedCallback(Close), Loop.Now + (long)patience.TotalMilliseconds);
        if (UnsentBytes == 0) ShutdownOutput();
    }

    /// <summary>Writes what was appended without waiting for the end of the round, so that it reaches the peer before, and apart from, what is appended next.</summary>
    public void Flush()
    {
        if (_output.Count > 0 && !IsBlocked && !IsClosed) Write();
    }

    /// <summary>Has the handler told when all output has been written (<see cref="IChannelHandler.OnDrained"/>), also if the peer takes it at once.</summary>
    public void TellWhenDrained() => OutputBlocked();

    /// <summary>Gives the channel, paused and with what it has received, to another loop, which then calls <paramref name="arrived"/>.</summary>
    public void MoveTo(EventLoop target, Action arrived)
    {
        Pause();
        FlushRound(Loop);
        _resumeScheduled = false;
        Leave();
        Loop = target;
        target.Post(_ =>
        {
            Arrive();
            arrived();
        });
    }

    /// <summary>Writes at the end of a round of <paramref name="loop"/>, unless the channel has moved to another since.</summary>
    internal void FlushRound(EventLoop loop)
    {
        if (loop != Loop) return;
        _dirty = false;
        try
        {
            if (_output.Count > 0 && !IsBlocked) Write();
            if (_wasBlocked && !IsClosed && UnsentBytes == 0) OutputTaken();
        }
        catch (Exception fault)
        {
            Fail(fault);
        }
    }

    /// <summary>Goes on with what has been received already, unless the channel has moved to another loop since.</summary>
    internal void ContinueInput(EventLoop loop)
    {
        if (loop != Loop) return;
        _resumeScheduled = false;
        if (_state != InputState.Yielded) return;
        _state = InputState.Reading;
        if (_input.Count > 0)
        {
            int consumed = Offer(_input.Bytes);
            ConsumeInput(consumed);
        }

        if (_state == InputState.Reading) StartReading();
    }

    /// <summary>Where to read to: behind what is kept already, so that the handler sees one span. <see cref="Received(Span{byte}, int)"/> follows.</summary>
    protected Span<byte> PrepareRead()
    {
        // A small remainder is copied in front of what comes (one copy of at most 4 KiB); a large one grows where it is.
        const int SmallRemainder = 4096;
        const int LargeRead = 64 * 1024;
        if (_input.Count is 0 or > SmallRemainder)
            return _input.Count == 0 ? Bounded(Loop.ReadBuffer) : Bounded(_input.Reserve(Loop.Buffers, Math.Min(_input.Count, LargeRead))[..Math.Min(_input.Count, LargeRead)]);
        _input.Bytes.CopyTo(Loop.ReadBuffer);
        return Bounded(Loop.ReadBuffer.AsSpan(_input.Count));
    }

    private Span<byte> Bounded(Span<byte> target) => target.Length <= RoundBytes ? target : target[..RoundBytes];

    /// <summary>Hands what was read into the span of <see cref="PrepareRead"/> to the handler and keeps what it did not take.</summary>
    protected void Received(Span<byte> target, int count)
    {
        if (_state == InputState.Discarding) return;
        bool inPlace = _input.Count > 0 && !target.Overlaps(Loop.ReadBuffer);
        if (inPlace)
        {
            _input.Advance(count);
            ConsumeInput(Offer(_input.Bytes));
            return;
        }

        Span<byte> bytes = Loop.ReadBuffer.AsSpan(0, _input.Count + count);
        _input.Release(Loop.Buffers);
        int consumed = Offer(bytes);
        if (!IsClosed) _input.Append(Loop.Buffers, bytes[consumed..]);
    }

    /// <summary>Hands bytes that lie elsewhere to the handler, behind what is kept already.</summary>
    protected void Received(ReadOnlySpan<byte> bytes)
    {
        if (IsClosed) return;
        if (_input.Count > 0 || _state != InputState.Reading)
        {
            _input.Append(Loop.Buffers, bytes);
            if (_state == InputState.Reading) ConsumeInput(Offer(_input.Bytes));
            return;
        }

        int consumed = Offer(bytes);
        if (!IsClosed) _input.Append(Loop.Buffers, bytes[consumed..]);
    }

    /// <summary>The peer closed, or the transport failed.</summary>
    protected void Ended()
    {
        if (_state == InputState.Closed) return;
        bool ours = _state == InputState.Discarding;
        Close();
        if (!ours) Handler.OnClosed();
    }

    /// <summary>The transport took so many bytes of output.</summary>
    protected void OutputProgress(int count)
    {
        if (count > 0) LastProgress = Loop.Now;
        if (_unsentAtPause == 0) return;
        _unsentAtPause = Math.Max(0, _unsentAtPause - count);
        if (_unsentAtPause == 0) LetGo();
    }

    /// <summary>The transport holds no output back any more.</summary>
    protected void OutputTaken()
    {
        LastProgress = Loop.Now;
        if (_state == InputState.Discarding)
        {
            if (UnsentBytes == 0) ShutdownOutput();
            return;
        }

        if (!_wasBlocked) return;
        _wasBlocked = false;
        Handler.OnDrained();
    }

    /// <summary>The transport could not take all output at once.</summary>
    protected void OutputBlocked()
    {
        if (!_wasBlocked) LastProgress = Loop.Now;
        _wasBlocked = true;
    }

    /// <summary>Something went wrong with this channel alone, and must cost nobody else anything: its loop goes on.</summary>
    protected void Fail(Exception fault)
    {
        if (IsClosed) Close();
        else Handler.OnFault(fault);
    }

    /// <summary>Ceases to watch for anything on <see cref="Loop"/>, which it is about to leave.</summary>
    protected virtual void Leave()
    {
        // Who is told by posted work is found wherever it is.
    }

    /// <summary>Watches again, on the loop that it has come to, for what it had waited for.</summary>
    protected virtual void Arrive()
    {
        // See Leave.
    }

    /// <summary>Begins to watch for input on <see cref="Loop"/>.</summary>
    protected abstract void StartReading();

    /// <summary>Ceases to watch for input.</summary>
    protected abstract void StopReading();

    /// <summary>Writes as much of <see cref="Output"/> as the transport takes.</summary>
    protected abstract void Write();

    /// <summary>Tells the peer that nothing more will come.</summary>
    protected abstract void ShutdownOutput();

    /// <summary>Gives the transport back. Called once.</summary>
    protected abstract void CloseTransport();

    private int Offer(ReadOnlySpan<byte> bytes)
    {
        _inHandler = true;
        try
        {
            return Handler.OnReceived(bytes);
        }
        catch (Exception fault)
        {
            // Whatever is wrong with this connection's packet must cost this connection only. That there is no memory for it, too: a buffer that a flood asks
            // for and does not get leaves room for everybody else's packets.
            Handler.OnFault(fault);
            return 0;
        }
        finally
        {
            _inHandler = false;
        }
    }

    private void ConsumeInput(int consumed)
    {
        if (IsClosed) _input.Release(Loop.Buffers);
        else _input.Consume(Loop.Buffers, consumed);
    }

    private void ScheduleContinue()
    {
        if (_resumeScheduled) return;
        _resumeScheduled = true;
        Loop.ResumeNextRound(this);
    }
}
