using System.Buffers;
using System.IO.Pipelines;

namespace Amqtt.Broker;

/// <summary>
/// One end of a connection in memory, for a client in the same process: <see cref="MqttBroker.ServeAsync"/> takes the other end. Like a socket it holds a limited number of bytes on the way, reads 0 once the other end
/// is closed, and fails to write then. Asynchronous only.
/// </summary>
public sealed class DuplexStream : Stream
{
    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private readonly Door _reading;
    private readonly Door _writing;

    private DuplexStream(PipeReader input, PipeWriter output)
    {
        _input = input;
        _output = output;
        _reading = new(input.CancelPendingRead, () => input.Complete());
        _writing = new(output.CancelPendingFlush, () => output.Complete());
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Two ends that are connected to each other.</summary>
    /// <param name="capacity">How many bytes may be on the way in each direction before the writer has to wait.</param>
    public static (DuplexStream First, DuplexStream Second) CreatePair(int capacity = 64 * 1024)
    {
        var options = new PipeOptions(pauseWriterThreshold: capacity, resumeWriterThreshold: capacity / 2, useSynchronizationContext: false);
        var (there, back) = (new Pipe(options), new Pipe(options));
        return (new(back.Reader, there.Writer), new(there.Reader, back.Writer));
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using (_reading.Enter())
        {
            var result = await _input.ReadAsync(cancellationToken);
            ObjectDisposedException.ThrowIf(result.IsCanceled, this);
            var length = (int)Math.Min(buffer.Length, result.Buffer.Length);
            var received = result.Buffer.Slice(0, length);
            received.CopyTo(buffer.Span);
            _input.AdvanceTo(received.End);
            return length;
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using (_writing.Enter())
        {
            var result = await _output.WriteAsync(buffer, cancellationToken);
            ObjectDisposedException.ThrowIf(result.IsCanceled, this);
            if (result.IsCompleted)
                throw new IOException("The other end is closed.");
        }
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _writing.Close();
            _reading.Close();
        }

        base.Dispose(disposing);
    }

    /// <summary>
    /// Lets one direction be closed while an operation is under way, as a socket can be: the operation is called off, and the
    /// pipe's buffers are given back only when it has let go of them.
    /// </summary>
    private sealed class Door(Action cancel, Action complete)
    {
        private readonly Lock _lock = new();
        private bool _isInside;
        private bool _isClosed;

        public Visit Enter()
        {
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_isClosed, typeof(DuplexStream));
                if (_isInside)
                    throw new InvalidOperationException("An operation in this direction is under way already.");
                _isInside = true;
                return new(this);
            }
        }

        public void Close()
        {
            lock (_lock)
            {
                if (_isClosed)
                    return;
                _isClosed = true;
                if (_isInside)
                    cancel();
                else
                    complete();
            }
        }

        private void Leave()
        {
            lock (_lock)
            {
                _isInside = false;
                if (_isClosed)
                    complete();
            }
        }

        public readonly struct Visit(Door door) : IDisposable
        {
            public void Dispose() => door.Leave();
        }
    }
}
