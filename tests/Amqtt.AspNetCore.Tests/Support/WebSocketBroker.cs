using System.Net;
using System.Net.WebSockets;
using Amqtt.AspNetCore.WebSockets;
using Amqtt.Broker;
using Amqtt.Broker.Configuration;
using Amqtt.Plugins;
using Amqtt.Runtime.Plugins;
using Amqtt.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Amqtt.AspNetCore.Tests.Support;

/// <summary>A broker whose one listener is a WebSocket, with fake time.</summary>
internal sealed class WebSocketBroker : IAsyncDisposable
{
    private readonly bool _tls;

    private WebSocketBroker(MqttBroker broker, FakeTimeProvider time, LogRecorder log, bool tls) => (Broker, Time, Log, _tls) = (broker, time, log, tls);

    public MqttBroker Broker { get; }

    public FakeTimeProvider Time { get; }

    public LogRecorder Log { get; }

    public IPEndPoint EndPoint => Broker.Endpoints["default"].First();

    public static async Task<WebSocketBroker> StartAsync(Action<ListenerOptions>? configure = null, params BasePlugin[] plugins)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var options = new BrokerOptions { EventLoops = 2, Plugins = new PluginCollection().Add("anonymous") };
        foreach (BasePlugin plugin in plugins) options.Plugins.Add(plugin);
        ListenerOptions listener = options.Listeners["default"];
        listener.Type = ListenerType.Ws;
        listener.Bind = new ListenEndpoint("127.0.0.1", 0);
        configure?.Invoke(listener);
        options.Listeners.AddWebSockets();
        var log = new LogRecorder();
        var services = new BrokerServices { Time = time, LoggerFactory = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(log)) };
        return new(await MqttBroker.StartAsync(options, services, TestContext.Current.CancellationToken), time, log, listener.Ssl);
    }

    /// <summary>A client with the framework's WebSocket; packets and messages have nothing to do with each other.</summary>
    public async Task<WireClient> OpenAsync(string subprotocol = "mqtt", string path = "/") => new(new MqttWebSocketStream(await DialAsync(subprotocol, path)));

    /// <summary>A client that sees the messages.</summary>
    public async Task<ClientWebSocket> DialAsync(string subprotocol = "mqtt", string path = "/")
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol(subprotocol);
        socket.Options.RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null;
        await socket.ConnectAsync(new Uri($"{(_tls ? "wss" : "ws")}://{EndPoint}{path}"), TestContext.Current.CancellationToken);
        return socket;
    }

    /// <summary>A client that writes its frames by hand.</summary>
    public Task<RawWebSocket> OpenRawAsync() => RawWebSocket.ConnectAsync(EndPoint);

    public ValueTask DisposeAsync() => Broker.DisposeAsync();
}
