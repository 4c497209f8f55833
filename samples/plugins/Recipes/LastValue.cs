using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Amqtt.Plugins;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Recipes;

/// <summary>
/// Remembers the last message of each topic and serves it over HTTP: <c>GET /factory/line1/temperature</c>. As many are kept as there are topics, so use it with <c>$topics</c>.
/// The project needs <c>&lt;FrameworkReference Include="Microsoft.AspNetCore.App" /&gt;</c>.
/// </summary>
public sealed class LastValue : BrokerPlugin, IHttpApplication<HttpContext>
{
    private readonly ConcurrentDictionary<string, ReadOnlyMemory<byte>> _last = new(StringComparer.Ordinal);
    private readonly BrokerContext _broker;
    private readonly KestrelServer _server;

    /// <summary>The web server is Kestrel by itself: the host of a web application would have a log, a configuration and signal handlers of its own.</summary>
    public LastValue(Config config, BrokerContext broker, ILoggerFactory loggers)
    {
        _broker = broker;
        var options = new KestrelServerOptions();
        options.Listen(config.Bind);
        _server = new KestrelServer(Options.Create(options), new SocketTransportFactory(Options.Create(new SocketTransportOptions { CreateBoundListenSocket = Bind }), loggers), loggers);
    }

    public sealed class Config
    {
        /// <summary>Where to listen. There is no authentication, so only where everybody may see everything.</summary>
        public IPEndPoint Bind { get; init; } = new(IPAddress.Loopback, 8080);
    }

    /// <inheritdoc/>
    public override async ValueTask OnBrokerPreStartAsync(CancellationToken cancel) => await _server.StartAsync(this, cancel);

    /// <inheritdoc/>
    public override ValueTask OnBrokerMessageBroadcastAsync(MessageBroadcastEvent e, CancellationToken cancel)
    {
        _last[e.Message.Topic] = e.Message.Payload;
        return default;
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _server.StopAsync(patience.Token);
        _server.Dispose();
        await base.DisposeAsync();
    }

    /// <inheritdoc/>
    HttpContext IHttpApplication<HttpContext>.CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    /// <inheritdoc/>
    async Task IHttpApplication<HttpContext>.ProcessRequestAsync(HttpContext context)
    {
        // The path without its first slash, so that a topic that begins with one is asked for as //topic.
        if (!HttpMethods.IsGet(context.Request.Method) || ValueOf(context.Request.Path.Value![1..]) is not { } payload)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = payload.Length;
        await context.Response.Body.WriteAsync(payload, context.RequestAborted);
    }

    /// <inheritdoc/>
    void IHttpApplication<HttpContext>.DisposeContext(HttpContext context, Exception? exception)
    {
        // It holds nothing of its own.
    }

    // What is retained is known without having been heard: after a reload, that is all that is.
    private ReadOnlyMemory<byte>? ValueOf(string topic) => _last.TryGetValue(topic, out var payload) ? payload : _broker.FindRetained(topic)?.Payload;

    // A reload starts the new plugin before the old one stops: for a moment both listen.
    private static Socket Bind(EndPoint endpoint)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.Bind(endpoint);
        return socket;
    }
}
