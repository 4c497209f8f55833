using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Amqtt.Broker.Configuration;
using Amqtt.Broker.Connections;
using Amqtt.Broker.Diagnostics;
using Amqtt.Broker.Listeners.Proxy;
using Amqtt.Broker.Sessions;
using Amqtt.Broker.Transport;
using Amqtt.Runtime.Tls;
using Microsoft.Extensions.Logging;

namespace Amqtt.Broker.Listeners;

/// <summary>
/// One entry of <c>listeners</c>: its sockets, its slots, and how an accepted connection becomes a channel. A plain socket on Linux goes straight to the loops;
/// TLS, WebSocket, other platforms and connections that a host hands over are streams.
/// </summary>
internal sealed class Listener(BrokerState broker, ListenerOptions options, OpenChannels channels, ILoggerFactory loggers) : IAsyncDisposable
{
    private readonly AdmissionGate _gate = new(broker, options);
    private readonly List<SocketAcceptor> _acceptors = [];
    private readonly List<StreamAcceptor> _streamAcceptors = [];
    private IReadOnlyList<Socket> _sockets = [];
    private ServerTls? _tls;
    private IListenerProtocol? _protocol;
    private int _nextShard;
    private bool _closing;

    /// <summary>Its name in the configuration.</summary>
    public string Name => options.Name;

    /// <summary>Its effective options.</summary>
    public ListenerOptions Options => options;

    /// <summary>Where it listens, with the ports that the system chose; a Unix socket is not among them.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => [.. _sockets.Select(static socket => socket.LocalEndPoint).OfType<IPEndPoint>()];

    private bool UsesLoops => _tls is null && _protocol is null && broker.Shards[0].Loop.Poller.WatchesDescriptors;

    /// <summary>Other bounds, for connections to come.</summary>
    public void SetLimits(LimitOptions limits)
    {
        options.Limits = limits;
        _gate.SetLimits(limits);
    }

    /// <summary>Binds its sockets and loads its certificate; nothing is accepted yet.</summary>
    /// <exception cref="BrokerException">An address cannot be bound, or the certificate is of no use.</exception>
    public async Task OpenAsync(CancellationToken cancel)
    {
        if (options.Type == ListenerType.External || options.Bind is not { } bind) return;
        if (options.Ssl) _tls = LoadTls();
        if (broker.Options.Listeners.FindType(options.Type) is { } factory) _protocol = await factory(new ListenerContext(options, loggers));
        _sockets = bind.Path is { } path ? [UnixSocket.Listen(Name, path)] : await BoundSockets.ListenAsync(Name, bind, options.DefaultPort, cancel);
    }

    /// <summary>Begins to accept.</summary>
    public async Task AcceptAsync()
    {
        foreach (Socket socket in _sockets)
        {
            if (UsesLoops) await AcceptOnLoopsAsync(socket);
            else _streamAcceptors.Add(StreamAcceptor.Start(broker, options, socket, _tls, _protocol, _gate, Serve));
            BrokerLog.Listening(broker.Log, Name, Kind, socket.LocalEndPoint);
        }
    }

    /// <summary>Accepts nothing any more; connections that are there go on.</summary>
    public async Task StopAcceptingAsync()
    {
        if (_closing) return;
        _closing = true;
        foreach (SocketAcceptor acceptor in _acceptors) await acceptor.StopAsync();
        foreach (StreamAcceptor acceptor in _streamAcceptors) await acceptor.DisposeAsync();
        foreach (Socket socket in _sockets) socket.Dispose(); // which removes the file of a Unix socket
    }

    /// <summary>Serves a stream that was accepted elsewhere; completes when its connection has ended.</summary>
    public Task ServeAsync(Stream stream, IPEndPoint? peer, X509Certificate2? certificate)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        PeerInfo info = PeerInfo.Of(Name, peer, certificate);
        if (_gate.TryEnter(info.Address, canAnswer: true, Admitted, usesSlot: false)) return ended.Task;
        return stream.DisposeAsync().AsTask();

        void Admitted(Place place) => Serve(stream, info, shutdownOutput: null, place.And(ended.SetResult));
    }

    /// <summary>Reads the certificate's files again, for handshakes to come.</summary>
    public void ReloadCertificate() => _tls?.Reload();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAcceptingAsync();
        _tls?.Dispose();
        if (_protocol is not null) await _protocol.DisposeAsync();
    }

    private string Kind => (options.Type, options.Ssl) switch
    {
        (ListenerType.Ws, true) => "MQTT over secure WebSocket",
        (ListenerType.Ws, false) => "MQTT over WebSocket",
        (_, true) => "MQTT over TLS",
        _ => "MQTT",
    };

    private ServerTls LoadTls()
    {
        if (options.Certfile is null || options.Keyfile is null)
            throw new BrokerException($"listener '{Name}' has ssl: true and no {(options.Certfile is null ? "certfile" : "keyfile")}; TLS needs a certificate and its private key");
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
            throw new BrokerException($"listener '{Name}': {wrong.Message}", wrong);
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
        var channel = new SocketChannel(shard.Loop, fd, new PeerInfo(Name, address, port));
        channels.Add(channel);
        if (!options.TrustsProxy(address))
        {
            broker.Security.HandshakeFailed(Name, channel.Peer, AdmissionGate.NotAProxy);
            broker.RefusalsOf(Name).Count(Refusal.ProxyHeader);
            channel.Close();
            return;
        }

        void Admitted(Place place)
        {
            if (shard.Loop.IsCurrent) BeginBehindProxy(shard, channel, place);
            else shard.Loop.Post(_ => BeginBehindProxy(shard, channel, place));
        }

        // Behind a proxy the client's address is not known yet.
        if (!_gate.TryEnter(options.ProxyProtocol ? null : address, canAnswer: true, Admitted)) channel.Close();
    }

    /// <summary>On the shard's loop: reads who the client is, if a proxy has to say so, and begins.</summary>
    private void BeginBehindProxy(Shard shard, SocketChannel channel, Place place)
    {
        if (!options.ProxyProtocol)
        {
            Begin(shard, channel, place);
            return;
        }

        void Accepted()
        {
            if (_gate.TryLocate(place, channel.Peer.Address) is { } located)
            {
                Begin(shard, channel, located);
                return;
            }

            place.Leave();
            channel.Close();
        }

        void Refused(string problem)
        {
            broker.Security.HandshakeFailed(Name, channel.Peer, problem);
            broker.RefusalsOf(Name).Count(Refusal.ProxyHeader);
            place.Leave();
        }

        new ProxyHandler(channel, Accepted, Refused).Start(options.Limits.ConnectTimeout);
    }

    /// <summary>Begins on the shard's loop, which is often where the caller is.</summary>
    private void Begin(Shard shard, Channel channel, Place place)
    {
        var beginning = new Beginning(shard, channel, options, place);
        // Not at once during a shutdown, in which each makes room for the next one that waits, within its own call.
        if (shard.Loop.IsCurrent && !broker.IsShuttingDown) beginning.Run(shard.Loop);
        else shard.Loop.Post(beginning);
    }

    private void Serve(Stream stream, PeerInfo peer, Action? shutdownOutput, Place place)
    {
        Shard shard = broker.Shards[(int)((uint)Interlocked.Increment(ref _nextShard) % (uint)broker.Shards.Length)];
        if (shutdownOutput is null && stream is IOutputShutdown able) shutdownOutput = able.ShutdownOutput;
        var channel = new StreamChannel(shard.Loop, stream, peer, shutdownOutput);
        channels.Add(channel);
        Begin(shard, channel, place);
    }

    /// <summary>A connection that is about to begin; with a loop that has ended it ends, too.</summary>
    private sealed class Beginning(Shard shard, Channel channel, ListenerOptions options, Place place) : LoopWork
    {
        public override void Run(EventLoop loop) => new Connection(shard, channel, options, place).Start();

        public override void Abandon()
        {
            place.Leave();
            channel.Close();
        }
    }
}
