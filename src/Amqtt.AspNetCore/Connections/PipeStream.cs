using System.Buffers;
using System.IO.Pipelines;
using Amqtt.Broker;

namespace Amqtt.AspNetCore.Connections;

/// <summary>The two pipes of a connection as one stream. One reader and one writer at a time.</summary>
internal sealed class PipeStream(IDuplexPipe pipes) : ConnectionStream, IOutputShutdown
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the stream has been disposed.</summary>
    public Task Ended => _ended.Task;

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ReadResult result = await pipes.Input.ReadAsync(cancellationToken);
        ReadOnlySequence<byte> bytes = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, buffer.Length));
        int count = (int)bytes.Length;
        bytes.CopyTo(buffer.Span);
        pipes.Input.AdvanceTo(bytes.End);
        return count > 0 || result.IsCompleted || buffer.IsEmpty ? count : throw new OperationCanceledException();
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        FlushResult result = await pipes.Output.WriteAsync(buffer, cancellationToken);
        if (result.IsCompleted) throw new IOException("the other side reads no more");
    }

    /// <inheritdoc/>
    public void ShutdownOutput() => pipes.Output.Complete();

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await pipes.Output.CompleteAsync();
        await pipes.Input.CompleteAsync();
        await base.DisposeAsync();
        _ended.TrySetResult();
    }
}
