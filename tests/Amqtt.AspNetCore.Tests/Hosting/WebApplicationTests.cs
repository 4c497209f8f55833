using System.Net;
using System.Net.WebSockets;
using Amqtt.AspNetCore.Tests.Support;
using Amqtt.AspNetCore.WebSockets;
using Amqtt.Broker;
using Amqtt.Broker.Configuration;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace Amqtt.AspNetCore.Tests.Hosting;

/// <summary>MQTT in a web application: at a path, and on endpoints of Kestrel (P-H9).</summary>
public sealed class WebApplicationTests
{
    [Fact]
    public async Task P_H9_a_path_of_the_application_is_mqtt_and_the_others_are_not()
    {
        await using WebHost host = await WebHost.StartAsync();
        await using WireClient client = await host.OpenWebSocketAsync();
        await client.ConnectAsync("page", ProtocolVersion.V5);
        await client.SubscribeAsync("a", QoS.AtLeastOnce);
        await client.PublishAsync("a", "hello", QoS.ExactlyOnce);
        Assert.Equal("a", (await client.ReceivePublishAsync()).Topic);
        using var http = new HttpClient();
        Assert.Equal("a page", await http.GetStringAsync($"http://{host.EndPoints[0]}/", TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<WebSocketException>(() => host.OpenWebSocketAsync("/"));
        await client.DisconnectAsync();
        await client.ExpectClosedAsync();
    }

    [Theory]
    [InlineData("Sec-WebSocket-Protocol: soap", 400)]
    [InlineData("Sec-WebSocket-Protocol: mqtt\r\nOrigin: https://evil.example", 403)]
    [InlineData("Sec-WebSocket-Protocol: mqtt\r\nOrigin: https://broker.example:8883", 101)]
    public async Task It_is_as_strict_as_a_listener(string headers, int status)
    {
        await using WebHost host = await WebHost.StartAsync();
        await using RawWebSocket raw = await host.OpenRawAsync();
        Assert.StartsWith($"HTTP/1.1 {status} ", await raw.RequestAsync(headers), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_origins_are_those_of_the_listener_it_names()
    {
        await using WebHost host = await WebHost.StartAsync(
            static options => options.Listeners["pages"] = new ListenerOptions { Type = ListenerType.External, AllowedOrigins = AllowedOrigins.Of("https://app.example") },
            map: static application => application.MapMqtt("/pages", "pages"));
        await using WireClient client = await host.OpenWebSocketAsync("/pages", "https://app.example");
        await client.ConnectAsync("page");
        await Assert.ThrowsAsync<WebSocketException>(() => host.OpenWebSocketAsync(origin: "https://app.example"));
    }

    [Fact]
    public async Task P_H9_an_endpoint_of_kestrel_is_mqtt_plain_and_with_tls()
    {
        using var certificate = new TestCertificate("kestrel");
        var peers = new PeerRecorder();
        await using WebHost host = await WebHost.StartAsync(
            options => options.Plugins.Add(peers),
            kestrel =>
            {
                kestrel.Listen(IPAddress.Loopback, 0, static endpoint => endpoint.UseMqtt());
                kestrel.Listen(IPAddress.Loopback, 0, endpoint =>
                {
                    endpoint.UseHttps(new HttpsConnectionAdapterOptions
                    {
                        ServerCertificate = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPemFile(certificate.CertFile, certificate.KeyFile),
                    });
                    endpoint.UseMqtt();
                });
            });
        await using WireClient plain = await WireClient.ConnectTcpAsync(host.EndPoints[1]);
        await plain.ConnectAsync("plain");
        Assert.StartsWith("plain 127.0.0.1:", await peers.NextAsync(), StringComparison.Ordinal);
        await using WireClient secure = await WireClient.ConnectTcpAsync(host.EndPoints[2], TestCertificate.Client());
        await secure.ConnectAsync("secure", ProtocolVersion.V5);
        await secure.SubscribeAsync("a");
        await plain.PublishAsync("a", new byte[300_000], QoS.AtLeastOnce);
        Assert.Equal(300_000, (await secure.ReceivePublishAsync()).Payload.Length);
        await plain.DisconnectAsync();
        await plain.ExpectClosedAsync();
    }

    [Fact]
    public async Task P_H9_a_web_socket_over_http_2_is_one_as_well()
    {
        await using WebHost host = await WebHost.StartAsync(kestrel: static kestrel => kestrel.Listen(IPAddress.Loopback, 0, static endpoint => endpoint.Protocols = HttpProtocols.Http2));
        using var handler = new SocketsHttpHandler();
        using var invoker = new HttpMessageInvoker(handler);
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("mqtt");
        socket.Options.HttpVersion = HttpVersion.Version20;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        await socket.ConnectAsync(new Uri($"ws://{host.EndPoints[1]}/mqtt"), invoker, TestContext.Current.CancellationToken);
        await using var client = new WireClient(new MqttWebSocketStream(socket));
        await client.ConnectAsync("page", ProtocolVersion.V5);
        await client.SubscribeAsync("a");
    }

    [Fact]
    public async Task A_stop_of_the_host_disconnects_everybody_first()
    {
        await using WebHost host = await WebHost.StartAsync(kestrel: static kestrel => kestrel.Listen(IPAddress.Loopback, 0, static endpoint => endpoint.UseMqtt()));
        await using WireClient page = await host.OpenWebSocketAsync();
        await page.ConnectAsync("page", ProtocolVersion.V5);
        await using WireClient socket = await WireClient.ConnectTcpAsync(host.EndPoints[1]);
        await socket.ConnectAsync("socket", ProtocolVersion.V5);
        Task stopped = host.Application.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ReasonCode.ServerShuttingDown, (await page.ReceiveAsync<DisconnectPacket>()).Reason);
        Assert.Equal(ReasonCode.ServerShuttingDown, (await socket.ReceiveAsync<DisconnectPacket>()).Reason);
        await page.ExpectClosedAsync();
        await socket.ExpectClosedAsync();
        await stopped;
    }

    [Fact]
    public async Task The_health_check_follows_the_broker()
    {
        await using WebHost host = await WebHost.StartAsync(static options =>
            options.Listeners["socket"] = new ListenerOptions { Type = ListenerType.Tcp, Bind = ListenEndpoint.Parse("127.0.0.1:0") });
        using var http = new HttpClient();
        var uri = new Uri($"http://{host.EndPoints[0]}/health");
        Assert.Equal("Healthy", await http.GetStringAsync(uri, TestContext.Current.CancellationToken));
        await host.Application.Services.GetRequiredService<MqttBroker>().StopAsync(TestContext.Current.CancellationToken);
        using HttpResponseMessage answer = await http.GetAsync(uri, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        await using RawWebSocket raw = await host.OpenRawAsync();
        Assert.StartsWith("HTTP/1.1 503 ", await raw.RequestAsync("Sec-WebSocket-Protocol: mqtt"), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_broker_the_mistake_is_said()
    {
        WebApplication application = WebApplication.CreateSlimBuilder().Build();
        Assert.Contains("AddAmqttBroker", Assert.Throws<InvalidOperationException>(() => application.MapMqtt()).Message, StringComparison.Ordinal);
    }

    private sealed class PeerRecorder : BrokerPlugin
    {
        private readonly System.Threading.Channels.Channel<string> _peers = System.Threading.Channels.Channel.CreateUnbounded<string>();

        public override ValueTask OnBrokerClientConnectedAsync(ClientConnectedEvent e, CancellationToken cancel)
        {
            _peers.Writer.TryWrite($"{e.ClientId} {e.Session.RemoteAddress}:{e.Session.RemotePort}");
            return default;
        }

        public async Task<string> NextAsync()
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            return await _peers.Reader.ReadAsync(patience.Token);
        }
    }
}
