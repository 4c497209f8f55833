using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Amqtt.Broker.Configuration;
using Amqtt.Broker.Connections;
using Amqtt.Broker.Diagnostics;
using Amqtt.Broker.Listeners.Proxy;
using Amqtt.Broker.Sessions;
using Amqtt.Broker.Transport;
using Amqtt.Runtime.Tls;

namespace Amqtt.Broker.Listeners;

/// <summary>Gives a stream to the broker: where it comes from, how to end its sending direction, whether there is a place for it, and what to do when it has ended.</summary>
internal delegate void ServeStream(Stream stream, PeerInfo peer, Action? shutdownOutput, Admission admission, Action ended);

/// <summary>
/// Accepts the connections of one listening socket as streams: slot, PROXY header, TLS, the listener's own protocol, MQTT, in this order and within the time for it.
/// </summary>
internal sealed class StreamAcceptor : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly BrokerState _broker;
    private readonly ListenerOptions _options;
    private readonly Socket _listening;
    private readonly ServerTls? _tls;
    private readonly IListenerProtocol? _protocol;
    private readonly ConnectionSlots _slots;
    private readonly ServeStream _serve;
    private readonly CancellationTokenSource _closing = new();
    private readonly ConcurrentDictionary<Task, bool> _beginning = new();
    private readonly Task _accepting;

    private StreamAcceptor(BrokerState broker, ListenerOptions options, Socket listening, ServerTls? tls, IListenerProtocol? protocol, ConnectionSlots slots, ServeStream serve)
    {
        _broker = broker;
        _options = options;
        _listening = listening;
        _tls = tls;
        _protocol = protocol;
        _slots = slots;
        _serve = serve;
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Begins to accept.</summary>
    public static StreamAcceptor Start(BrokerState broker, ListenerOptions options, Socket listening, ServerTls? tls, IListenerProtocol? protocol, ConnectionSlots slots, ServeStream serve) =>
        new(broker, options, listening, tls, protocol, slots, serve);

    /// <summary>Accepts nothing any more, and gives up what has not come as far as MQTT.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _accepting;
        await Task.WhenAll(_beginning.Keys);
        _closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                Socket accepted = await _listening.AcceptAsync(_closing.Token);
                Task beginning = BeginAsync(accepted);
                _beginning[beginning] = true;
                _ = beginning.ContinueWith(ended => _beginning.TryRemove(ended, out _), TaskScheduler.Default);
            }
            catch (OperationCanceledException)
            {
                // Accepting has been stopped.
            }
            catch (SocketException fault) when (fault.SocketErrorCode is SocketError.ConnectionAborted or SocketError.ConnectionReset)
            {
                // The peer was faster; the next one waits.
            }
            catch (SocketException fault)
            {
                // Out of descriptors: what has been accepted goes on, and accepting does as soon as some are free again.
                TransportLog.AcceptPaused(_broker.Log, _listening.LocalEndPoint, fault.Message);
                await Task.Delay(Pause, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task BeginAsync(Socket socket)
    {
        var remote = socket.RemoteEndPoint as IPEndPoint;
        var peer = PeerInfo.Of(_options.Name, remote);
        if (!_options.TrustsProxy(peer.Address))
        {
            BrokerLog.NotAProxy(_broker.Log, _options.Name, peer);
            socket.Dispose();
            return;
        }

        Action? release = null;
        try
        {
            if (remote is not null) socket.NoDelay = true;
            bool hasSlot = await TakeSlotAsync();
            release = hasSlot ? _slots.Release : static () => { };
            if (await HandshakeAsync(socket, peer) is { } ready)
                _serve(ready.Stream, ready.Peer, ready.ShutdownOutput, hasSlot ? Admission.Granted : Admission.Full, release);
            else
                release();
        }
        catch (Exception failed) when (failed is AuthenticationException or IOException or OperationCanceledException or SocketException or TlsException or ObjectDisposedException)
        {
            if (!_closing.IsCancellationRequested) BrokerLog.HandshakeFailed(_broker.Log, _options.Name, peer, failed is OperationCanceledException ? "it took too long" : failed.Message);
            release?.Invoke(); // first, so that whoever sees the close finds the slot free
            socket.Dispose();
        }
    }

    private async Task<bool> TakeSlotAsync()
    {
        var granted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_slots.TryTake(granted.SetResult) is { } taken) return taken;
        await granted.Task.WaitAsync(_closing.Token);
        return true;
    }

    private async Task<(Stream Stream, PeerInfo Peer, Action? ShutdownOutput)?> HandshakeAsync(Socket socket, PeerInfo peer)
    {
        TimeSpan patience = _tls is null ? _options.Limits.ConnectTimeout : _options.Limits.TlsConnectTimeout;
        using var deadline = new CancellationTokenSource(patience, _broker.Clock.Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _closing.Token);
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        if (_options.ProxyProtocol)
        {
            ProxyHeader header = await ProxyStream.ReadHeaderAsync(stream, either.Token);
            if (!header.IsLocal) peer = peer with { Address = header.Source?.Address, Port = header.Source?.Port ?? 0 };
        }

        if (_tls is not null)
        {
            SslStream encrypted = await EncryptAsync(_tls, stream, either.Token);
            peer = peer with { Certificate = encrypted.RemoteCertificate as X509Certificate2 };
            stream = encrypted;
        }

        if (_protocol is null) return (stream, peer, () => socket.Shutdown(SocketShutdown.Send));
        IPEndPoint? client = peer.Address is null ? null : new IPEndPoint(peer.Address, peer.Port);
        var accepted = new AcceptedConnection(stream, client, socket.LocalEndPoint as IPEndPoint, IsEncrypted: _tls is not null);
        return await _protocol.BeginAsync(accepted, either.Token) is { } inner ? (inner, peer, null) : null;
    }

    private static async Task<SslStream> EncryptAsync(ServerTls tls, Stream plain, CancellationToken cancel)
    {
        var stream = new SslStream(plain);
        try
        {
            await stream.AuthenticateAsServerAsync(tls.GetHandshakeOptions(), cancel);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync(); // the native state of TLS would wait for a finalizer
            throw;
        }
    }
}
