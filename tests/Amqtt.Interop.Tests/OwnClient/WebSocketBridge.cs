using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using Amqtt.Interop.Tests.Brokers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Amqtt.Interop.Tests.OwnClient;

/// <summary>
/// A web server that relays WebSockets with the subprotocol <c>mqtt</c> to a broker's TCP port, plain and with TLS: brokers without WebSockets of their own get them, as behind
/// many a load balancer. It cuts the stream into frames of any size.
/// </summary>
internal sealed class WebSocketBridge : IAsyncDisposable
{
    private readonly WebApplication _app;

    private WebSocketBridge(WebApplication app, int plain, int tls)
    {
        _app = app;
        Plain = plain;
        Tls = tls;
    }

    public int Plain { get; }

    public int Tls { get; }

    public static async Task<WebSocketBridge> StartAsync(int target, Certificates certificates)
    {
        var (plain, tls) = (Processes.FreePort.Next(), Processes.FreePort.Next());
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, plain);
            kestrel.Listen(IPAddress.Loopback, tls, listen => listen.UseHttps(X509Certificate2.CreateFromPemFile(certificates.ServerFile, certificates.ServerKeyFile)));
        });
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(context => ServeAsync(context, target));
        await app.StartAsync();
        return new(app, plain, tls);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static async Task ServeAsync(HttpContext context, int target)
    {
        if (!context.WebSockets.IsWebSocketRequest || context.Request.Path != "/mqtt" || !context.WebSockets.WebSocketRequestedProtocols.Contains("mqtt"))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync("mqtt");
        using var broker = new TcpClient { NoDelay = true };
        await broker.ConnectAsync(IPAddress.Loopback, target);
        var stream = broker.GetStream();
        await Task.WhenAny(ToBrokerAsync(socket, stream), ToClientAsync(stream, socket));
    }

    private static async Task ToBrokerAsync(WebSocket socket, NetworkStream stream)
    {
        var buffer = new byte[1024];
        try
        {
            while (await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None) is { MessageType: WebSocketMessageType.Binary } part)
                await stream.WriteAsync(buffer.AsMemory(0, part.Count));
        }
        catch (Exception e) when (e is WebSocketException or IOException)
        {
            // One side has gone.
        }
    }

    private static async Task ToClientAsync(NetworkStream stream, WebSocket socket)
    {
        var buffer = new byte[1000];
        try
        {
            for (int count; (count = await stream.ReadAsync(buffer)) > 0;)
                await socket.SendAsync(buffer.AsMemory(0, count), WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }
        catch (Exception e) when (e is WebSocketException or IOException)
        {
            // One side has gone.
        }
    }
}
