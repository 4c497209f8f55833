using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Amqtt.Broker.Configuration;
using Amqtt.Broker.Connections;
using Amqtt.Broker.Diagnostics;
using Amqtt.Broker.Sessions;
using Amqtt.Broker.Transport;
using Amqtt.Runtime.Tls;

namespace Amqtt.Broker.Listeners;

/// <summary>
/// One entry of <c>listeners</c>: its sockets, its slots, and how an accepted connection becomes a channel. A plain socket on Linux goes straight to the loops;
/// TLS, other platforms and connections that a host hands over are streams.
/// </summary>
internal sealed class Listener(BrokerState broker, string name, ListenerOptions options, OpenChannels channels) : IAsyncDisposable
{
    private readonly ConnectionSlots _slots = new(options.MaxConnections, options.MaxConnectionsMode);
    private readonly List<SocketAcceptor> _acceptors = [];
    private readonly List<Task> _acceptLoops = [];
    private readonly CancellationTokenSource _closing = new();
    private IReadOnlyList<Socket> _sockets = [];
    private ServerTls? _tls;
    private int _nextShard;

    /// <summary>Its name in the configuration.</summary>
    public string Name => name;

    /// <summary>Its effective options.</summary>
    public ListenerOptions Options => options;

    /// <summary>Where it listens, with the ports that the system chose.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => [.. _sockets.Select(static socket => (IPEndPoint)socket.LocalEndPoint!)];

    private bool UsesLoops => _tls is null && broker.Shards[0].Loop.Poller.WatchesDescriptors;

    /// <summary>Binds its sockets and loads its certificate; nothing is accepted yet.</summary>
    /// <exception cref="BrokerException">An address cannot be bound, or the certificate is of no use.</exception>
    public async Task OpenAsync(CancellationToken cancel)
    {
        if (options.Ssl) _tls = LoadTls();
        if (options is { Type: ListenerType.Tcp, Bind: { } bind }) _sockets = await BoundSockets.ListenAsync(name, bind, options.DefaultPort, cancel);
    }

    /// <summary>Begins to accept.</summary>
    public async Task AcceptAsync()
    {
        foreach (Socket socket in _sockets)
        {
            if (UsesLoops) await AcceptOnLoopsAsync(socket);
            else _acceptLoops.Add(Task.Run(() => AcceptStreamsAsync(socket)));
            BrokerLog.Listening(broker.Log, name, options.Ssl ? "MQTT over TLS" : "MQTT", socket.LocalEndPoint);
        }
    }

    /// <summary>Accepts nothing any more; connections that are there go on.</summary>
    public async Task StopAcceptingAsync()
    {
        if (_closing.IsCancellationRequested) return;
        await _closing.CancelAsync();
        foreach (SocketAcceptor acceptor in _acceptors) await acceptor.StopAsync();
        await Task.WhenAll(_acceptLoops);
        foreach (Socket socket in _sockets) socket.Dispose();
    }

    /// <summary>Serves a stream that was accepted elsewhere; completes when its connection has ended.</summary>
    public Task ServeAsync(Stream stream, IPEndPoint? peer, X509Certificate2? certificate)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Serve(stream, new PeerInfo(name, peer?.Address, peer?.Port ?? 0, certificate), shutdownOutput: null, Admission.Granted, ended.SetResult);
        return ended.Task;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAcceptingAsync();
        _tls?.Dispose();
        _closing.Dispose();
    }

    private ServerTls LoadTls()
    {
        if (options.Certfile is null || options.Keyfile is null)
            throw new BrokerException($"listener '{name}' has ssl: true and no {(options.Certfile is null ? "certfile" : "keyfile")}; TLS needs a certificate and its private key");
        try
        {
            var settings = new ServerTlsSettings
            {
                CertFile = options.Certfile,
                KeyFile = options.Keyfile,
                CaFile = options.Cafile,
                CaPath = options.Capath,
                CaData = options.Cadata,
                ClientCertificate = options.ClientCertificate,
            };
            return ServerTls.Load(settings, broker.Clock.Time, broker.Log);
        }
        catch (TlsException wrong)
        {
            throw new BrokerException($"listener '{name}': {wrong.Message}", wrong);
        }
    }

    private async Task AcceptOnLoopsAsync(Socket socket)
    {
        socket.Blocking = false;
        foreach (Shard shard in broker.Shards)
        {
            var acceptor = new SocketAcceptor(shard.Loop, socket, (_, fd, address, port) => OnAccepted(shard, fd, address, port), broker.Log);
            _acceptors.Add(acceptor);
            await acceptor.StartAsync();
        }
    }

    /// <summary>On the shard's loop.</summary>
    private void OnAccepted(Shard shard, int fd, IPAddress? address, int port)
    {
        var channel = new SocketChannel(shard.Loop, fd, new PeerInfo(name, address, port));
        channels.Add(channel);
        void Later() => shard.Loop.Post(_ => Begin(shard, channel, Admission.Granted, _slots.Release));
        if (_slots.TryTake(Later) is { } taken) Begin(shard, channel, taken ? Admission.Granted : Admission.Full, taken ? _slots.Release : static () => { });
    }

    /// <summary>On the shard's loop: the connection has a slot of the listener, or is to be told that there is none.</summary>
    private void Begin(Shard shard, Channel channel, Admission admission, Action ended)
    {
        bool counted = admission == Admission.Granted && broker.TryAddConnection();
        if (!counted) admission = Admission.Full;
        void Ended()
        {
            if (counted) broker.RemoveConnection();
            ended();
        }

        new Connection(shard, channel, options, admission, Ended).Start();
    }

    private async Task AcceptStreamsAsync(Socket listening)
    {
        try
        {
            while (true)
            {
                Socket accepted = await listening.AcceptAsync(_closing.Token);
                _ = ServeSocketAsync(accepted);
            }
        }
        catch (OperationCanceledException)
        {
            // Accepting has been stopped.
        }
        catch (SocketException fault)
        {
            BrokerLog.ListenerFailed(broker.Log, fault, name);
        }
    }

    private async Task ServeSocketAsync(Socket socket)
    {
        EndPoint? remote = socket.RemoteEndPoint;
        try
        {
            socket.NoDelay = true;
            var network = new NetworkStream(socket, ownsSocket: true);
            var peer = remote as IPEndPoint;
            (Stream stream, X509Certificate2? certificate) = _tls is null ? (network, null) : await HandshakeAsync(_tls, network);
            var info = new PeerInfo(name, Unmapped(peer?.Address), peer?.Port ?? 0, certificate);
            void Later() => Serve(stream, info, () => socket.Shutdown(SocketShutdown.Send), Admission.Granted, _slots.Release);
            if (_slots.TryTake(Later) is { } taken)
                Serve(stream, info, () => socket.Shutdown(SocketShutdown.Send), taken ? Admission.Granted : Admission.Full, taken ? _slots.Release : static () => { });
        }
        catch (Exception failed) when (failed is AuthenticationException or IOException or OperationCanceledException or SocketException or TlsException)
        {
            BrokerLog.HandshakeFailed(broker.Log, name, remote, failed.Message);
            socket.Dispose();
        }
    }

    private async Task<(Stream Stream, X509Certificate2? Certificate)> HandshakeAsync(ServerTls tls, NetworkStream network)
    {
        using var deadline = new CancellationTokenSource(options.Limits.TlsConnectTimeout, broker.Clock.Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _closing.Token);
        var stream = new SslStream(network);
        try
        {
            await stream.AuthenticateAsServerAsync(tls.GetHandshakeOptions(), either.Token);
            return (stream, stream.RemoteCertificate as X509Certificate2);
        }
        catch
        {
            await stream.DisposeAsync(); // the native state of TLS would wait for a finalizer
            throw;
        }
    }

    private static IPAddress? Unmapped(IPAddress? address) => address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;

    private void Serve(Stream stream, PeerInfo peer, Action? shutdownOutput, Admission admission, Action ended)
    {
        Shard shard = broker.Shards[(int)((uint)Interlocked.Increment(ref _nextShard) % (uint)broker.Shards.Length)];
        var channel = new StreamChannel(shard.Loop, stream, peer, shutdownOutput);
        channels.Add(channel);
        shard.Loop.Post(_ => Begin(shard, channel, admission, ended));
    }
}
