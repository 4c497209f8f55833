using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using Amqtt.AspNetCore.WebSockets;
using Amqtt.Broker;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Amqtt.AspNetCore.Connections;

/// <summary>Connections of other kinds than a stream, for a broker to serve on an <c>external</c> listener (P-B2).</summary>
public static class MqttBrokerConnections
{
    /// <summary>Serves a WebSocket that the caller has accepted, with the subprotocol <c>mqtt</c>; completes when it has been closed, and disposes it.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="socket">The WebSocket.</param>
    /// <param name="listener">The listener whose options count.</param>
    /// <param name="peer">The other end.</param>
    /// <param name="certificate">The client's TLS certificate, validated by the caller; null if there is none.</param>
    /// <exception cref="BrokerException">The broker is not started or has no such listener, or <paramref name="peer"/> is null.</exception>
    public static async Task ServeAsync(this MqttBroker broker, WebSocket socket, string listener, EndPoint? peer, X509Certificate2? certificate = null)
    {
        ArgumentNullException.ThrowIfNull(broker);
        ArgumentNullException.ThrowIfNull(socket);
        await using var stream = new MqttWebSocketStream(socket);
        await broker.ServeAsync(stream, listener, peer, certificate);
        await stream.Ended;
    }

    /// <summary>Serves a connection that Kestrel has accepted, with or without TLS; completes when it has ended. The caller disposes it.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="listener">The listener whose options count.</param>
    /// <exception cref="BrokerException">The broker is not started or has no such listener, or the connection does not say where it comes from.</exception>
    public static async Task ServeAsync(this MqttBroker broker, ConnectionContext connection, string listener)
    {
        ArgumentNullException.ThrowIfNull(broker);
        ArgumentNullException.ThrowIfNull(connection);
        await using var stream = new PipeStream(connection.Transport);
        X509Certificate2? certificate = connection.Features.Get<ITlsConnectionFeature>()?.ClientCertificate;
        await broker.ServeAsync(stream, listener, connection.RemoteEndPoint, certificate);
        await stream.Ended;
    }
}
