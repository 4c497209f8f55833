using System.Net;
using System.Security.Cryptography.X509Certificates;
using Amqtt.Interop.Tests.Brokers;
using Amqtt.Interop.Tests.Processes;
using MQTTnet.Server;

namespace Amqtt.Interop.Tests.OwnClient;

/// <summary>The brokers that our client is tested against.</summary>
public enum Peer
{
    Amqtt,
    Mosquitto,
    MqttNet,
}

/// <summary>How the client reaches them.</summary>
public enum Route
{
    Tcp,
    Tls,
    Ws,
    Wss,
    Unix,
}

/// <summary>A broker of each kind with a listener for every transport it has; those without WebSockets get them through a bridge.</summary>
public sealed class PeerBrokers : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<(Peer, Route), string> _urls = [];
    private readonly Dictionary<Peer, int> _ports = [];
    private readonly List<IAsyncDisposable> _brokers = [];
    private MqttServer? _mqttNet;

    /// <summary>Every pair of broker and transport that there is.</summary>
    public static IEnumerable<(Peer Peer, Route Route)> All =>
    [
        (Peer.Amqtt, Route.Tcp), (Peer.Amqtt, Route.Tls), (Peer.Amqtt, Route.Ws), (Peer.Amqtt, Route.Wss), (Peer.Amqtt, Route.Unix),
        (Peer.Mosquitto, Route.Tcp), (Peer.Mosquitto, Route.Tls), (Peer.Mosquitto, Route.Ws), (Peer.Mosquitto, Route.Wss), (Peer.Mosquitto, Route.Unix),
        (Peer.MqttNet, Route.Tcp), (Peer.MqttNet, Route.Tls), (Peer.MqttNet, Route.Ws), (Peer.MqttNet, Route.Wss),
    ];

    internal string AuthorityFile { get; private set; } = "";

    internal int Port(Peer peer) => _ports[peer];

    internal string Url(Peer peer, Route route) => _urls[(peer, route)];

    public async ValueTask InitializeAsync()
    {
        var certificates = new Certificates(_folder);
        AuthorityFile = certificates.AuthorityFile;
        await StartAmqttAsync(certificates);
        await StartMosquittoAsync(certificates);
        await StartMqttNetAsync(certificates);
        foreach (var (peer, port) in _ports)
        {
            if (peer == Peer.Amqtt)
                continue;

            var bridge = await WebSocketBridge.StartAsync(port, certificates);
            _brokers.Insert(0, bridge);
            _urls[(peer, Route.Ws)] = $"ws://127.0.0.1:{bridge.Plain}/mqtt";
            _urls[(peer, Route.Wss)] = $"wss://localhost:{bridge.Tls}/mqtt";
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var broker in _brokers)
            await broker.DisposeAsync();
        if (_mqttNet is not null)
        {
            await _mqttNet.StopAsync();
            _mqttNet.Dispose();
        }

        _folder.Dispose();
    }

    private async Task StartAmqttAsync(Certificates certificates)
    {
        var (tcp, tls, ws, wss) = (FreePort.Next(), FreePort.Next(), FreePort.Next(), FreePort.Next());
        var socket = _folder.Path("amqtt.sock");
        var file = _folder.Write("broker.yaml", $$"""
            listeners:
              default: {type: tcp, bind: 127.0.0.1:{{tcp}}}
              tls: {bind: 127.0.0.1:{{tls}}, ssl: true, certfile: {{certificates.ServerFile}}, keyfile: {{certificates.ServerKeyFile}}}
              ws: {type: ws, bind: 127.0.0.1:{{ws}}}
              wss: {type: ws, bind: 127.0.0.1:{{wss}}, ssl: true, certfile: {{certificates.ServerFile}}, keyfile: {{certificates.ServerKeyFile}}}
              local: {type: unix, bind: "{{socket}}"}
            """);
        _brokers.Add(await BrokerProcess.StartAmqttAsync(file, tcp, tls, ws, wss));
        Add(Peer.Amqtt, tcp, tls);
        _urls[(Peer.Amqtt, Route.Ws)] = $"ws://127.0.0.1:{ws}/mqtt";
        _urls[(Peer.Amqtt, Route.Wss)] = $"wss://localhost:{wss}/mqtt";
        _urls[(Peer.Amqtt, Route.Unix)] = $"unix://{socket}";
    }

    private async Task StartMosquittoAsync(Certificates certificates)
    {
        var (tcp, tls) = (FreePort.Next(), FreePort.Next());
        var socket = _folder.Path("mqtt.sock");
        var file = _folder.Write("mosquitto.conf", $"""
            user root
            allow_anonymous true
            listener {tcp} 127.0.0.1
            listener {tls} 127.0.0.1
            certfile {certificates.ServerFile}
            keyfile {certificates.ServerKeyFile}
            listener 0 {socket}

            """);
        _brokers.Add(await BrokerProcess.StartAsync("/usr/sbin/mosquitto", ["-c", file], tcp, tls));
        Add(Peer.Mosquitto, tcp, tls);
        _urls[(Peer.Mosquitto, Route.Unix)] = $"unix://{socket}";
    }

    private async Task StartMqttNetAsync(Certificates certificates)
    {
        var (tcp, tls) = (FreePort.Next(), FreePort.Next());
        var pem = X509Certificate2.CreateFromPemFile(certificates.ServerFile, certificates.ServerKeyFile);
        var factory = new MqttServerFactory();
        var options = factory.CreateServerOptionsBuilder()
            .WithDefaultEndpoint().WithDefaultEndpointPort(tcp).WithDefaultEndpointBoundIPAddress(IPAddress.Loopback).WithDefaultEndpointBoundIPV6Address(IPAddress.None)
            .WithEncryptedEndpoint().WithEncryptedEndpointPort(tls).WithEncryptedEndpointBoundIPAddress(IPAddress.Loopback).WithEncryptedEndpointBoundIPV6Address(IPAddress.None)
            .WithEncryptionCertificate(pem).WithEncryptionSslProtocol(System.Security.Authentication.SslProtocols.Tls12)
            .WithMaxPendingMessagesPerClient(100_000)
            .Build();
        _mqttNet = factory.CreateMqttServer(options);
        await _mqttNet.StartAsync();
        Add(Peer.MqttNet, tcp, tls);
    }

    private void Add(Peer peer, int tcp, int tls)
    {
        _ports[peer] = tcp;
        _urls[(peer, Route.Tcp)] = $"mqtt://127.0.0.1:{tcp}";
        _urls[(peer, Route.Tls)] = $"mqtts://localhost:{tls}";
    }
}
