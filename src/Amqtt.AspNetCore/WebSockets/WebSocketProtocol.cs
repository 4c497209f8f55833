using Amqtt.Broker.Configuration;
using Amqtt.Broker.Listeners;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Amqtt.AspNetCore.WebSockets;

/// <summary>
/// WebSocket on a listener of the broker: Kestrel reads the HTTP request and speaks the frames, over the connections that the broker has accepted, so that
/// binding, counting, TLS and the PROXY protocol are the broker's own for every type of listener.
/// </summary>
internal sealed class WebSocketProtocol : IListenerProtocol, IHttpApplication<HttpContext>
{
    // What a browser sends with some cookies and a token in the query, and no more.
    private const int MaximumHeaders = 16 * 1024;
    private const int MaximumRequestLine = 8 * 1024;
    private const int MaximumHeaderCount = 100;

    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    // Longer than any connection waits. Not "infinite": Kestrel adds that to the time it is, which overflows, and every request that was not whole at its next heartbeat was answered with 408.
    private static readonly TimeSpan Never = TimeSpan.FromDays(365);

    private readonly AllowedOrigins? _origins;
    private readonly ServiceProvider _services;
    private readonly StreamTransport _transport = new();
    private readonly KestrelServer _server;
    private readonly RequestDelegate _pipeline;

    private WebSocketProtocol(ListenerContext context)
    {
        _origins = context.Options.AllowedOrigins;
        var loggers = new DetailLoggers(context.LoggerFactory);
        _services = new ServiceCollection().AddSingleton<ILoggerFactory>(loggers).AddLogging().AddOptions().BuildServiceProvider();
        var app = new ApplicationBuilder(_services);
        app.UseWebSockets(MqttHandshake.Options());
        app.Run(ServeAsync);
        _pipeline = app.Build();
        _server = new KestrelServer(Options.Create(ServerOptions()), _transport, loggers);
    }

    /// <summary>Makes the protocol of one listener.</summary>
    public static async ValueTask<IListenerProtocol> StartAsync(ListenerContext context)
    {
        var protocol = new WebSocketProtocol(context);
        await protocol._server.StartAsync(protocol, CancellationToken.None);
        return protocol;
    }

    /// <inheritdoc/>
    public async ValueTask<Stream?> BeginAsync(AcceptedConnection connection, CancellationToken cancellationToken)
    {
        var accepted = new StreamConnection(connection);
        await using CancellationTokenRegistration giveUp = cancellationToken.Register(accepted.GiveUp);
        _transport.Offer(accepted);
        return await accepted.Upgraded;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(Farewell);
        await _server.StopAsync(patience.Token);
        _server.Dispose();
        await _services.DisposeAsync();
    }

    /// <inheritdoc/>
    HttpContext IHttpApplication<HttpContext>.CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    /// <inheritdoc/>
    Task IHttpApplication<HttpContext>.ProcessRequestAsync(HttpContext context) => _pipeline(context);

    /// <inheritdoc/>
    void IHttpApplication<HttpContext>.DisposeContext(HttpContext context, Exception? exception)
    {
        // It holds nothing of its own.
    }

    internal static KestrelServerOptions ServerOptions()
    {
        var options = new KestrelServerOptions { AddServerHeader = false };
        options.Limits.MaxRequestHeadersTotalSize = MaximumHeaders;
        options.Limits.MaxRequestLineSize = MaximumRequestLine;
        options.Limits.MaxRequestHeaderCount = MaximumHeaderCount;
        options.Limits.MaxRequestBodySize = 0;
        // The time for a request is part of that for CONNECT, which the broker measures; a clock that begins anew behind TLS would cut it short.
        options.Limits.RequestHeadersTimeout = Never;
        options.Limits.KeepAliveTimeout = Never;
        // How slow a client may be is for the broker to say (limits.output_stall_timeout).
        options.Limits.MinRequestBodyDataRate = null;
        options.Limits.MinResponseDataRate = null;
        options.Listen(StreamTransport.EndPoint, static listen => listen.Protocols = HttpProtocols.Http1);
        return options;
    }

    private async Task ServeAsync(HttpContext context)
    {
        if (await MqttHandshake.AcceptAsync(context, _origins) is not { } socket) return;
        await using var stream = new MqttWebSocketStream(socket);
        StreamConnection connection = context.Features.Get<StreamConnection>()!;
        if (connection.TryUpgrade(stream)) await stream.Ended; // the connection ends with the request
    }
}
