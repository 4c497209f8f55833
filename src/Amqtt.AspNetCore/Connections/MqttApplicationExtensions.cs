using System.Net;
using Amqtt.AspNetCore.Connections;
using Amqtt.AspNetCore.Hosting;
using Amqtt.AspNetCore.WebSockets;
using Amqtt.Broker;
using Amqtt.Broker.Configuration;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

// Where a program looks for such methods.
#pragma warning disable IDE0130
namespace Microsoft.AspNetCore.Builder;

/// <summary>MQTT in a web application, served by the broker of <c>AddAmqttBroker</c> (P-H9).</summary>
public static class MqttApplicationExtensions
{
    /// <summary>
    /// MQTT over WebSocket at a path of the application: subprotocol <c>mqtt</c> or 400, a permitted origin or 403. Over HTTP/1.1 and HTTP/2, and with whatever the
    /// application puts before its endpoints; nothing else need be added for WebSockets.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">The path.</param>
    /// <param name="listener">The listener whose options count, <c>allowed_origins</c> and <c>limits</c> for example. Its own socket, if it has one, has nothing to do with this.</param>
    public static IEndpointConventionBuilder MapMqtt(this IEndpointRouteBuilder endpoints, string pattern = "/mqtt", string listener = ListenerCollection.DefaultName)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        MqttBrokerService service = ServiceOf(endpoints.ServiceProvider, nameof(MapMqtt));
        IApplicationBuilder branch = endpoints.CreateApplicationBuilder();
        branch.UseWebSockets(MqttHandshake.Options());
        branch.Run(context => ServeAsync(context, service, listener));
        return endpoints.Map(pattern, branch.Build()).WithDisplayName($"MQTT over WebSocket {pattern}");
    }

    /// <summary>MQTT on an endpoint of Kestrel, plain or, behind <c>UseHttps</c>, with TLS.</summary>
    /// <param name="endpoint">The endpoint: what <c>ListenAnyIP(1883, endpoint => endpoint.UseMqtt())</c> is given.</param>
    /// <param name="listener">The listener whose options count. Its own socket, if it has one, has nothing to do with this.</param>
    public static IConnectionBuilder UseMqtt(this IConnectionBuilder endpoint, string listener = ListenerCollection.DefaultName)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        MqttBrokerService service = ServiceOf(endpoint.ApplicationServices, nameof(UseMqtt));
        return endpoint.Run(connection => service.Broker.ServeAsync(connection, listener));
    }

    private static async Task ServeAsync(HttpContext context, MqttBrokerService service, string listener)
    {
        if (service.Status != BrokerStatus.Started)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        MqttBroker broker = service.Broker;
        if (await MqttHandshake.AcceptAsync(context, broker.GetListener(listener).AllowedOrigins) is not { } socket) return;
        // Without an address it comes over a Unix socket, or from a server in memory.
        EndPoint peer = context.Connection.RemoteIpAddress is { } address ? new IPEndPoint(address, context.Connection.RemotePort) : new UnknownEndPoint();
        await broker.ServeAsync(socket, listener, peer, context.Connection.ClientCertificate);
    }

    private static MqttBrokerService ServiceOf(IServiceProvider services, string method) =>
        services.GetService<MqttBrokerService>() ?? throw new InvalidOperationException($"{method} needs a broker; call services.AddAmqttBroker(...) before");

    private sealed class UnknownEndPoint : EndPoint;
}
