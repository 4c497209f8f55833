using System.Net.WebSockets;
using Amqtt.Broker.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Amqtt.AspNetCore.WebSockets;

/// <summary>What a request has to be before it becomes an MQTT connection (P-B9).</summary>
internal static class MqttHandshake
{
    // In this order: what a client prefers is of no importance where both mean the same.
    private static readonly string[] Subprotocols = ["mqtt", "mqttv3.1"];

    /// <summary>No keep-alive of WebSocket's own, which would take a timer a connection: MQTT has one.</summary>
    public static WebSocketOptions Options() => new() { KeepAliveInterval = TimeSpan.Zero };

    /// <summary>Answers a request: with a WebSocket, or with 400 or 403 and a line that says why, and then returns null.</summary>
    public static async Task<WebSocket?> AcceptAsync(HttpContext context, AllowedOrigins? origins)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.Headers.SecWebSocketVersion = "13";
            return await RefuseAsync(context, StatusCodes.Status400BadRequest, "This is MQTT over WebSocket (version 13); expected a request to upgrade.");
        }

        if (!OriginPolicy.Allows(context.Request, origins))
            return await RefuseAsync(context, StatusCodes.Status403Forbidden, "Pages of this origin may not connect; 'allowed_origins' of the listener names those that may.");
        if (Array.Find(Subprotocols, offered => context.WebSockets.WebSocketRequestedProtocols.Contains(offered, StringComparer.Ordinal)) is not { } subprotocol)
            return await RefuseAsync(context, StatusCodes.Status400BadRequest, "The subprotocol 'mqtt' is not offered [MQTT-6.0.0-3].");
        // Compression is off: what it costs a server in memory and time, and gives away of secrets, a stranger would decide.
        return await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { SubProtocol = subprotocol, DangerousEnableCompression = false });
    }

    private static async Task<WebSocket?> RefuseAsync(HttpContext context, int status, string reason)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        if (HttpProtocol.IsHttp11(context.Request.Protocol)) context.Response.Headers.Connection = "close";
        await context.Response.WriteAsync(reason + "\n", context.RequestAborted);
        return null;
    }
}
