using System.Net.WebSockets;
using Amqtt.AspNetCore.Connections;
using Amqtt.Broker;

namespace Amqtt.AspNetCore.WebSockets;

/// <summary>
/// The bytes of MQTT in the binary frames of a WebSocket. Frames and packets have nothing to do with each other [MQTT-6.0.0-2]: what is read may be a part of a
/// packet or several; what is written at once is one message. One reader and one writer at a time.
/// </summary>
internal sealed class MqttWebSocketStream(WebSocket socket) : ConnectionStream, IOutputShutdown
{
    private const int EmptyFrames = 100; // in a row, that bring nothing and cost something

    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<ValueWebSocketReceiveResult>? _receiving;
    private WebSocketCloseStatus _status = WebSocketCloseStatus.NormalClosure;
    private int _disposed;

    /// <summary>Completes when the stream has been disposed, which takes the farewell of the peer or a moment.</summary>
    public Task Ended => _ended.Task;

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (socket.State is WebSocketState.CloseReceived or WebSocketState.Closed) return 0;
        try
        {
            for (int empty = 0; empty < EmptyFrames; empty++)
            {
                ValueWebSocketReceiveResult received = await ReceiveAsync(buffer, cancellationToken);
                if (received.MessageType == WebSocketMessageType.Close) return 0;
                if (received.MessageType == WebSocketMessageType.Text)
                {
                    _status = WebSocketCloseStatus.InvalidMessageType;
                    throw new IOException("a text frame came; MQTT is in binary frames [MQTT-6.0.0-1]");
                }

                if (received.Count > 0) return received.Count; // an empty frame is none, and not the end
            }

            _status = WebSocketCloseStatus.PolicyViolation;
            throw new IOException($"{EmptyFrames} empty frames came in a row; expected MQTT");
        }
        catch (WebSocketException wrong)
        {
            throw new IOException(wrong.Message, wrong);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            await socket.SendAsync(buffer, WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);
        }
        catch (WebSocketException gone)
        {
            throw new IOException(gone.Message, gone);
        }
    }

    /// <inheritdoc/>
    public void ShutdownOutput() => _ = Task.Run(CloseOutputAsync);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            await CloseOutputAsync();
            await AwaitPeerAsync();
            socket.Abort();
            socket.Dispose();
            _ended.TrySetResult();
        }

        await base.DisposeAsync();
    }

    /// <summary>The cancellation of a receive would abort the socket, and with it what is still to be sent: it is left to itself instead, and the farewell finds it.</summary>
    private async ValueTask<ValueWebSocketReceiveResult> ReceiveAsync(Memory<byte> buffer, CancellationToken cancel)
    {
        ValueTask<ValueWebSocketReceiveResult> receiving = socket.ReceiveAsync(buffer, CancellationToken.None);
        if (receiving.IsCompletedSuccessfully) return receiving.Result;
        _receiving = receiving.AsTask();
        ValueWebSocketReceiveResult received = await _receiving.WaitAsync(cancel);
        _receiving = null;
        return received;
    }

    private async Task CloseOutputAsync()
    {
        if (socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived)) return;
        using var patience = new CancellationTokenSource(Farewell);
        try
        {
            await socket.CloseOutputAsync(_status, statusDescription: null, patience.Token);
        }
        catch (Exception gone) when (IsEnd(gone))
        {
            // It need not be told.
        }
    }

    /// <summary>Reads on until the peer has said that it closes, so that what it was sent last is not lost to a reset.</summary>
    private async Task AwaitPeerAsync()
    {
        using var patience = new CancellationTokenSource(Farewell);
        var discarded = new byte[1024];
        try
        {
            while (socket.State is WebSocketState.Open or WebSocketState.CloseSent)
            {
                Task<ValueWebSocketReceiveResult> receiving = _receiving ?? socket.ReceiveAsync(discarded.AsMemory(), patience.Token).AsTask();
                _receiving = null;
                await receiving.WaitAsync(patience.Token);
            }
        }
        catch (Exception gone) when (IsEnd(gone))
        {
            // No farewell is one, too.
        }
    }

    private static bool IsEnd(Exception fault) => fault is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException;
}
