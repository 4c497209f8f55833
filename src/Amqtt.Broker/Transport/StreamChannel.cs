namespace Amqtt.Broker.Transport;

/// <summary>
/// Any <see cref="Stream"/> as a channel: TLS, WebSocket, connections accepted elsewhere, in-memory tests, and plain sockets where there is no epoll.
/// One task reads and posts what it read to the loop, and reads on when the loop has taken it; one write at a time takes what the loop gathered.
/// </summary>
internal sealed class StreamChannel : Channel
{
    private readonly Stream _stream;
    private readonly Action? _shutdownOutput;
    private readonly byte[] _readBuffer = GC.AllocateUninitializedArray<byte>(BufferPool.SmallestSize);
    private readonly SemaphoreSlim _readAllowed = new(0);
    private readonly ReceivedWork _received;
    private readonly WrittenWork _written;
    private readonly CancellationTokenSource _closed = new();
    private bool _readerStarted;
    private bool _readWanted;
    private bool _readPermitted;
    private bool _writing;
    private byte[]? _inFlight;
    private int _inFlightCount;
    private bool _shutdownPending;

    /// <param name="loop">The loop that owns the channel first.</param>
    /// <param name="stream">Both directions; disposed with the channel.</param>
    /// <param name="peer">The other end.</param>
    /// <param name="shutdownOutput">How to end the sending direction alone; null where the stream has no such thing, it is disposed then.</param>
    public StreamChannel(EventLoop loop, Stream stream, PeerInfo peer, Action? shutdownOutput = null)
        : base(loop, peer)
    {
        _stream = stream;
        _shutdownOutput = shutdownOutput;
        _received = new ReceivedWork(this);
        _written = new WrittenWork(this);
    }

    /// <inheritdoc/>
    public override bool IsBlocked => _writing;

    /// <inheritdoc/>
    protected override int BytesInFlight => _inFlightCount;

    /// <inheritdoc/>
    protected override void StartReading()
    {
        _readWanted = true;
        if (!_readerStarted)
        {
            _readerStarted = true;
            _ = Task.Run(ReadLoopAsync);
        }

        PermitRead();
    }

    /// <inheritdoc/>
    protected override void StopReading() => _readWanted = false;

    /// <inheritdoc/>
    protected override void Write()
    {
        if (_writing) return;
        _writing = true;
        (_inFlight, int start, _inFlightCount) = Output.Detach();
        ReadOnlyMemory<byte> bytes = _inFlight.AsMemory(start, _inFlightCount);
        // On the pool, because the first part of a TLS write is encryption.
        _ = Task.Run(() => WriteAsync(bytes));
        OutputBlocked();
    }

    /// <inheritdoc/>
    protected override void ShutdownOutput()
    {
        if (_shutdownOutput is null)
        {
            Close();
            return;
        }

        if (_shutdownPending) return;
        _shutdownPending = true;
        try
        {
            _shutdownOutput();
        }
        catch (Exception fault) when (fault is IOException or System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            Close(); // the peer was faster
        }
    }

    /// <inheritdoc/>
    protected override void CloseTransport()
    {
        _closed.Cancel();
        // Disposing may block in some streams (TLS sends its farewell), which a loop must not.
        _ = Task.Run(_stream.DisposeAsync);
    }

    private async Task ReadLoopAsync()
    {
        try
        {
            while (true)
            {
                await _readAllowed.WaitAsync(_closed.Token);
                int count = await _stream.ReadAsync(_readBuffer.AsMemory(0, Math.Min(_readBuffer.Length, RoundBytes)), _closed.Token);
                _received.Count = count;
                Loop.Post(_received);
                if (count == 0) return;
            }
        }
        catch (Exception fault)
        {
            Report(fault);
            _received.Count = 0;
            Loop.Post(_received);
        }
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await _stream.WriteAsync(bytes, _closed.Token);
            await _stream.FlushAsync(_closed.Token);
            _written.Failed = false;
        }
        catch (Exception fault)
        {
            Report(fault);
            _written.Failed = true;
        }

        Loop.Post(_written);
    }

    private void PermitRead()
    {
        if (_readPermitted) return;
        _readPermitted = true;
        _readAllowed.Release();
    }

    private void OnRead(int count)
    {
        _readPermitted = false;
        if (count == 0)
        {
            Ended();
            return;
        }

        Received(_readBuffer.AsSpan(0, count));
        if (_readWanted) PermitRead();
    }

    private void OnWritten(bool failed)
    {
        _writing = false;
        if (_inFlight is not null) Loop.Buffers.Return(_inFlight);
        int written = _inFlightCount;
        _inFlight = null;
        _inFlightCount = 0;
        if (failed)
        {
            Ended();
            return;
        }

        OutputProgress(written);
        if (Output.Count > 0) Write();
        else OutputTaken();
    }

    /// <summary>Whatever a stream throws is the end of its connection, but what is none of the usual ends is somebody's mistake.</summary>
    private void Report(Exception fault)
    {
        if (fault is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException or System.Net.Sockets.SocketException) return;
        TransportLog.StreamFailed(Loop.Log, fault, Peer);
    }

    private sealed class ReceivedWork(StreamChannel channel) : LoopWork
    {
        public int Count { get; set; }

        public override void Run(EventLoop loop)
        {
            // It may have been posted to the loop the channel has left meanwhile.
            if (loop != channel.Loop) channel.Loop.Post(this);
            else channel.OnRead(Count);
        }
    }

    private sealed class WrittenWork(StreamChannel channel) : LoopWork
    {
        public bool Failed { get; set; }

        public override void Run(EventLoop loop)
        {
            if (loop != channel.Loop) channel.Loop.Post(this);
            else channel.OnWritten(Failed);
        }
    }
}
