using System.Diagnostics.Metrics;
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
    private readonly BrokerOptions _options;

    private WebSocketBroker(MqttBroker broker, BrokerOptions options, FakeTimeProvider time, LogRecorder log) => (Broker, _options, Time, Log) = (broker, options, time, log);

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
        return new(await MqttBroker.StartAsync(options, services, TestContext.Current.CancellationToken), options, time, log);
    }

    /// <summary>A client with the framework's WebSocket; packets and messages have nothing to do with each other.</summary>
    public async Task<WireClient> OpenAsync(string subprotocol = "mqtt", string path = "/") => new(new MqttWebSocketStream(await DialAsync(subprotocol, path)));

    /// <summary>A client that sees the messages.</summary>
    public async Task<ClientWebSocket> DialAsync(string subprotocol = "mqtt", string path = "/")
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol(subprotocol);
        socket.Options.RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null;
        await socket.ConnectAsync(new Uri($"{(_options.Listeners["default"].Ssl ? "wss" : "ws")}://{EndPoint}{path}"), TestContext.Current.CancellationToken);
        return socket;
    }

    /// <summary>A client that writes its frames by hand.</summary>
    public Task<RawWebSocket> OpenRawAsync() => RawWebSocket.ConnectAsync(EndPoint);

    /// <summary>What the counter of refusals says.</summary>
    public long Refusals(string reason)
    {
        long sum = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (published, self) =>
        {
            if (published.Meter.Scope == _options && published.Name == "amqtt.broker.refusals") self.EnableMeasurementEvents(published);
        };
        listener.SetMeasurementEventCallback<long>((_, value, labels, _) =>
        {
            foreach (KeyValuePair<string, object?> label in labels)
            {
                if (Equals(label.Value, reason)) sum += value;
            }
        });
        listener.Start();
        listener.RecordObservableInstruments();
        return sum;
    }

    public ValueTask DisposeAsync() => Broker.DisposeAsync();
}
