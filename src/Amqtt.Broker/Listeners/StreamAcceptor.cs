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

/// <summary>Gives a stream to the broker: where it comes from, how to end its sending direction, and what it occupies.</summary>
internal delegate void ServeStream(Stream stream, PeerInfo peer, Action? shutdownOutput, Place place);

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
    private readonly AdmissionGate _gate;
    private readonly ServeStream _serve;
    private readonly CancellationTokenSource _closing = new();
    private readonly ConcurrentDictionary<Task, bool> _beginning = new();
    private readonly Task _accepting;

    private StreamAcceptor(BrokerState broker, ListenerOptions options, Socket listening, ServerTls? tls, IListenerProtocol? protocol, AdmissionGate gate, ServeStream serve)
    {
        _broker = broker;
        _options = options;
        _listening = listening;
        _tls = tls;
        _protocol = protocol;
        _gate = gate;
        _serve = serve;
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Begins to accept.</summary>
    public static StreamAcceptor Start(BrokerState broker, ListenerOptions options, Socket listening, ServerTls? tls, IListenerProtocol? protocol, AdmissionGate gate, ServeStream serve) =>
        new(broker, options, listening, tls, protocol, gate, serve);

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
            Count(Refusal.ProxyHeader, peer, AdmissionGate.NotAProxy);
            socket.Dispose();
            return;
        }

        Place? place = null;
        SslStream? encrypted = null;
        try
        {
            if (remote is not null) socket.NoDelay = true;
            place = await EnterAsync(_options.ProxyProtocol ? null : peer.Address);
            if (place is null)
            {
                socket.Dispose();
                return;
            }

            using var deadline = new CancellationTokenSource(TimeLeft(place), _broker.Clock.Time);
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _closing.Token);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (_options.ProxyProtocol)
            {
                ProxyHeader header = await ProxyStream.ReadHeaderAsync(stream, either.Token);
                if (!header.IsLocal) peer = peer with { Address = header.Source?.Address, Port = header.Source?.Port ?? 0 };
                if (_gate.TryLocate(place, peer.Address) is not { } located)
                {
                    place.Leave();
                    socket.Dispose();
                    return;
                }

                place = located;
            }

            if (_tls is not null) stream = encrypted = new SslStream(stream);
            if (await HandshakeAsync(stream, socket, peer, encrypted, either.Token) is { } ready)
                _serve(ready.Stream, ready.Peer, ready.ShutdownOutput, place);
            else
                place.Leave();
        }
        catch (Exception failed)
        {
            // The listener's protocol is somebody else's code, and what it throws has to be seen.
            if (!IsExpected(failed)) BrokerLog.HandshakeFaulted(_broker.Log, failed, _options.Name, peer);
            // First, so that whoever sees the close finds it counted and the place free.
            if (!_closing.IsCancellationRequested) Count(ReasonOf(failed), peer, failed is OperationCanceledException ? "it took too long" : failed.Message);
            place?.Leave();
            if (encrypted is not null) await encrypted.DisposeAsync(); // the native state of TLS would wait for a finalizer
            socket.Dispose();
        }
    }

    /// <summary>Waits for a place, before a handshake costs anything; null if the connection is to be closed at once.</summary>
    private async Task<Place?> EnterAsync(IPAddress? address)
    {
        var granted = new TaskCompletionSource<Place>(TaskCreationOptions.RunContinuationsAsynchronously);
        return _gate.TryEnter(address, canAnswer: _tls is null, granted.SetResult) ? await granted.Task.WaitAsync(_closing.Token) : null;
    }

    private static bool IsExpected(Exception failed) =>
        failed is AuthenticationException or IOException or OperationCanceledException or SocketException or TlsException or ObjectDisposedException;

    private Refusal ReasonOf(Exception failed) => failed switch
    {
        ProxyProtocolException => Refusal.ProxyHeader,
        OperationCanceledException => _tls is null ? Refusal.ConnectTimeout : Refusal.TlsConnectTimeout,
        _ => _tls is null ? Refusal.HandshakeFailed : Refusal.TlsHandshakeFailed,
    };

    private void Count(Refusal refusal, PeerInfo peer, string problem)
    {
        _broker.RefusalsOf(_options.Name).Count(refusal);
        _broker.Security.HandshakeFailed(_options.Name, peer, problem);
    }

    private TimeSpan TimeLeft(Place place)
    {
        TimeSpan patience = _tls is null ? _options.Limits.ConnectTimeout : _options.Limits.TlsConnectTimeout;
        TimeSpan left = patience - TimeSpan.FromMilliseconds(_broker.Clock.Now - place.Since);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private async Task<(Stream Stream, PeerInfo Peer, Action? ShutdownOutput)?> HandshakeAsync(Stream stream, Socket socket, PeerInfo peer, SslStream? encrypted, CancellationToken cancel)
    {
        if (encrypted is not null)
        {
            await encrypted.AuthenticateAsServerAsync(_tls!.GetHandshakeOptions(), cancel);
            peer = peer with { Certificate = encrypted.RemoteCertificate as X509Certificate2 };
        }

        if (_protocol is null) return (stream, peer, () => socket.Shutdown(SocketShutdown.Send));
        IPEndPoint? client = peer.Address is null ? null : new IPEndPoint(peer.Address, peer.Port);
        var accepted = new AcceptedConnection(stream, client, socket.LocalEndPoint as IPEndPoint, IsEncrypted: _tls is not null);
        return await _protocol.BeginAsync(accepted, cancel) is { } inner ? (inner, peer, null) : null;
    }
}
