using System.Diagnostics.CodeAnalysis;
using Amqtt.Client.Diagnostics;
using Amqtt.Client.Publishing;
using Amqtt.Client.Subscribing;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Client.Connections;

/// <summary>
/// One network connection after CONNACK: a task that reads and handles packets, and one that writes what was gathered. Neither ever runs or waits for code of
/// the program.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "The source has neither timer nor links, and may be cancelled after the end.")]
internal sealed class Connection
{
    private static readonly TimeSpan GoodbyePatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(1);

    private readonly Lock _gate;
    private readonly Stream _stream;
    private readonly InputBuffer _input;
    private readonly int _maxPacketSize;
    private readonly Outbox _outbox;
    private readonly Inbox _inbox;
    private readonly AckHandler _acks;
    private readonly ClientMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _ended = new();
    private readonly TaskCompletionSource _flushed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _read = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _error;
    private bool _finishing;

    public Connection(Handshake.Result handshake, Link link, ConnectionServices services)
    {
        _stream = handshake.Stream;
        _input = handshake.Input;
        _gate = services.Gate;
        _maxPacketSize = services.MaximumPacketSize;
        _outbox = services.Outbox;
        _inbox = services.Inbox;
        _acks = new(services.Outbox);
        _metrics = services.Metrics;
        _time = services.Time;
        Link = link;
        Answer = handshake.Answer;
        KeepAlive = new(services.Gate, link, services.Time, services.PingDelay, Break);
    }

    public Link Link { get; }

    /// <summary>The CONNACK.</summary>
    public ConnAckPacket Answer { get; }

    public KeepAlive KeepAlive { get; }

    /// <summary>The reason code of the broker's DISCONNECT, if there was one.</summary>
    public DisconnectPacket? Goodbye { get; private set; }

    /// <summary>Completes when nothing is read any more.</summary>
    public Task Ended => _read.Task;

    /// <summary>Answers AUTH packets while a re-authentication is under way.</summary>
    public Action<AuthPacket>? AuthArrived { get; set; }

    /// <summary>Runs until the connection ends, in whatever way.</summary>
    /// <returns>Why it ended; null after <see cref="FinishAsync"/>.</returns>
    public async Task<Exception?> RunAsync()
    {
        var writing = Task.Run(WriteAsync);
        try
        {
            await ReadAsync();
            _error ??= new ClientException(Goodbye is { } goodbye ? Describe(goodbye) : "The broker closed the connection.");
        }
        catch (CodecException error)
        {
            _error ??= new ClientException($"The broker sent something that is not allowed: {error.Message}", error);
            SayWhy(error.Reason);
        }
        catch (ClientException error)
        {
            _error ??= error;
            SayWhy(ReasonCode.ImplementationSpecificError);
        }
        catch (Exception error)
        {
            // Whatever it is, it ends this connection and no more, and is the reason that everyone is given.
            _error ??= new ClientException($"The connection broke: {error.Message}", error);
        }

        _read.TrySetResult();
        lock (_gate)
        {
            _finishing = true;
            Link.Writer.Wake();
        }

        await writing.WaitAsync(GoodbyePatience, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _ended.CancelAsync();
        await _stream.DisposeAsync();
        await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _flushed.TrySetException(_error);
        _ = _flushed.Task.Exception;
        lock (_gate) Link.Output.Clear();
        // Last, because whoever pinged asks for the next connection at once.
        KeepAlive.Dispose();
        return _error;
    }

    /// <summary>Ends the connection because of an error.</summary>
    public void Break(Exception error)
    {
        Interlocked.CompareExchange(ref _error, error, null);
        _ = _ended.CancelAsync();
    }

    /// <summary>Writes everything that was accepted and then DISCONNECT, and ends.</summary>
    /// <returns>True if it all reached the operating system.</returns>
    public async Task<bool> FinishAsync(DisconnectPacket goodbye, CancellationToken cancel)
    {
        lock (_gate)
        {
            Link.Append(goodbye);
            _finishing = true;
            Link.Writer.Wake();
        }

        await _flushed.Task.WaitAsync(GoodbyePatience, _time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var flushed = _flushed.Task.IsCompletedSuccessfully;
        // The broker closes [MQTT-3.14.4-3]. If the client did, with bytes unread, the operating system could take back what was written.
        if (flushed)
            await _read.Task.WaitAsync(ClosePatience, _time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Break(new ClientException("The client was disconnected."));
        return flushed;
    }

    private static string Describe(DisconnectPacket goodbye) =>
        $"The broker disconnected the client: {goodbye.Reason} (0x{(byte)goodbye.Reason:X2}){(goodbye.Properties.ReasonString is { } text ? $", {text}" : "")}.";

    // A socket that is closed while it is used says so in several ways.
    private static bool IsNetworkError(Exception error) =>
        error is IOException or System.Net.Sockets.SocketException or System.Net.WebSockets.WebSocketException or ObjectDisposedException or OperationCanceledException;

    private async Task ReadAsync()
    {
        while (true)
        {
            while (_input.HasPacket(_maxPacketSize, out var header))
            {
                var packet = _input.Unread[..header.TotalLength];
                Handle(header, packet[header.HeaderLength..]);
                _input.Consume(header.TotalLength);
                if (Goodbye is not null)
                    return;
            }

            var count = await _input.FillAsync(_ended.Token);
            if (count == 0)
                return;
            _metrics.Bytes("in", count);
        }
    }

    private void Handle(FrameHeader header, ReadOnlySpan<byte> body)
    {
        var version = Link.Limits.Version;
        Link.Watcher?.Received(header.FirstByte, body);
        switch (header.Type)
        {
            case PacketType.Publish:
                header.ValidateFlags(version);
                _inbox.Handle(new PublishFrame(version, header.FirstByte, body, fromClient: false), Link);
                break;
            case PacketType.PubAck or PacketType.PubRec or PacketType.PubComp:
                header.ValidateFlags(version);
                var ack = AckFrame.Parse(version, header.Type, body);
                lock (_gate) _acks.Handle(header.Type, ack, Link);
                break;
            case PacketType.PubRel:
                header.ValidateFlags(version);
                var release = AckFrame.Parse(version, header.Type, body);
                lock (_gate) _inbox.Window.Released(Link, release.PacketId);
                break;
            default:
                Handle(PacketCodec.Decode(version, header.FirstByte, body, PacketSender.Server));
                break;
        }
    }

    private void Handle(MqttPacket packet)
    {
        switch (packet)
        {
            case PingRespPacket:
                lock (_gate) KeepAlive.Answered();
                break;
            case SubAckPacket ack:
                Answered(ack.PacketId, ack);
                break;
            case UnsubAckPacket ack:
                Answered(ack.PacketId, ack);
                break;
            case DisconnectPacket goodbye:
                Goodbye = goodbye;
                break;
            case AuthPacket auth when AuthArrived is { } arrived:
                arrived(auth);
                break;
            default:
                throw new CodecException(ReasonCode.ProtocolError, $"{packet.Type} has no place here.");
        }
    }

    private void Answered(ushort packetId, MqttPacket answer)
    {
        lock (_gate)
        {
            if (!_outbox.Window.TryFind(packetId, out var entry))
                return;
            if (entry is not Request request)
                throw new CodecException(ReasonCode.ProtocolError, $"{answer.Type} for packet identifier {packetId}, whose packet expects another answer.");
            _outbox.Window.Remove(request);
            request.Complete(answer);
        }
    }

    private async Task WriteAsync()
    {
        try
        {
            while (true)
            {
                var bytes = Take(out var isDone);
                if (isDone)
                    break;
                if (bytes.Count == 0)
                {
                    await Link.Writer.Awake;
                    continue;
                }

                await _stream.WriteAsync(bytes, _ended.Token);
                _metrics.Bytes("out", bytes.Count);
                lock (_gate)
                {
                    Link.Output.Return(bytes);
                    _outbox.Drain();
                }
            }

            await _stream.FlushAsync(_ended.Token);
            _flushed.TrySetResult();
        }
        catch (Exception error) when (IsNetworkError(error))
        {
            Break(new ClientException($"The connection broke: {error.Message}", error));
        }
    }

    private ArraySegment<byte> Take(out bool isDone)
    {
        lock (_gate)
        {
            isDone = false;
            if (Link.Output.Length > 0)
            {
                Link.LastSent = _time.GetTimestamp();
                return Link.Output.Take();
            }

            isDone = _finishing;
            if (!isDone)
                Link.Writer.Sleep();
            return default;
        }
    }

    // [MQTT-4.13.1-1]: the broker hears why, if it can read it; it need not read it.
    private void SayWhy(ReasonCode reason)
    {
        if (Link.Limits.Version != ProtocolVersion.V5)
            return;
        lock (_gate) Link.Append(new DisconnectPacket { Reason = reason.IsAllowedIn(PacketType.Disconnect, PacketSender.Client) ? reason : ReasonCode.ProtocolError });
    }
}

/// <summary>What every connection of a client shares.</summary>
internal sealed record ConnectionServices(Lock Gate, Outbox Outbox, Inbox Inbox, ClientMetrics Metrics, TimeProvider Time, TimeSpan PingDelay, int MaximumPacketSize);
