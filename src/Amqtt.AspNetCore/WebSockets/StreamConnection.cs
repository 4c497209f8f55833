using System.IO.Pipelines;
using System.Net;
using Amqtt.Broker.Listeners;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Amqtt.AspNetCore.WebSockets;

/// <summary>
/// A connection of the broker as Kestrel wants one, and the promise of the stream that it becomes. Any thread. (The framework's own such class cancels on the
/// thread pool what its disposal may have disposed, which ends the process.)
/// </summary>
internal sealed class StreamConnection : ConnectionContext, IDuplexPipe
{
    private readonly Stream _stream;
    private readonly TaskCompletionSource<Stream?> _upgraded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _closed = new(); // never disposed: it holds nothing

    public StreamConnection(AcceptedConnection accepted)
    {
        _stream = accepted.Stream;
        // Without a buffer while nothing comes: most connections are silent most of the time.
        Input = PipeReader.Create(_stream, new StreamPipeReaderOptions(leaveOpen: true, useZeroByteReads: true));
        Output = new StreamOutput(_stream);
        Transport = this;
        ConnectionClosed = _closed.Token;
        RemoteEndPoint = accepted.RemoteEndPoint;
        LocalEndPoint = accepted.LocalEndPoint;
        Features.Set(this);
    }

    /// <inheritdoc/>
    public PipeReader Input { get; }

    /// <inheritdoc/>
    public PipeWriter Output { get; }

    /// <inheritdoc/>
    public override IDuplexPipe Transport { get; set; }

    /// <inheritdoc/>
    public override string ConnectionId { get; set; } = Guid.NewGuid().ToString("N");

    /// <inheritdoc/>
    public override IFeatureCollection Features { get; } = new FeatureCollection();

    /// <inheritdoc/>
    public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();

    /// <inheritdoc/>
    public override CancellationToken ConnectionClosed { get; set; }

    /// <inheritdoc/>
    public override EndPoint? RemoteEndPoint { get; set; }

    /// <inheritdoc/>
    public override EndPoint? LocalEndPoint { get; set; }

    /// <summary>The stream of the WebSocket; null if the request was answered in another way.</summary>
    public Task<Stream?> Upgraded => _upgraded.Task;

    /// <summary>The request has become a WebSocket; false if nobody waits for it any more.</summary>
    public bool TryUpgrade(Stream stream) => _upgraded.TrySetResult(stream);

    /// <summary>The time for the request is over. The broker closes the socket when it hears of it, and that ends the request.</summary>
    public void GiveUp() => _upgraded.TrySetException(new OperationCanceledException("no WebSocket request came in time"));

    /// <inheritdoc/>
    public override void Abort(ConnectionAbortedException abortReason)
    {
        _stream.Dispose();
        _ = _closed.CancelAsync();
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _upgraded.TrySetResult(null);
        await base.DisposeAsync();
    }
}
