namespace Amqtt.Broker.Listeners;

/// <summary>
/// What lies between an accepted connection and MQTT on listeners of one type, WebSocket for example. The broker binds, accepts, counts, speaks TLS and the PROXY
/// protocol alike for all types. Any thread.
/// </summary>
public interface IListenerProtocol : IAsyncDisposable
{
    /// <summary>
    /// Begins the protocol on a connection. Its stream belongs to the implementation from now on; in case of an error the broker closes the socket below it.
    /// </summary>
    /// <param name="connection">The connection.</param>
    /// <param name="cancellationToken">The time for it is over (<c>limits.connect_timeout</c>, with TLS <c>limits.tls_connect_timeout</c>), or the listener ends.</param>
    /// <returns>
    /// The stream that carries MQTT; the broker disposes it when the MQTT connection has ended. If it is an <see cref="IOutputShutdown"/>, its peer is given
    /// a moment to end by itself. Null if the peer was turned away, and told so.
    /// </returns>
    /// <exception cref="IOException">The peer has gone.</exception>
    ValueTask<Stream?> BeginAsync(AcceptedConnection connection, CancellationToken cancellationToken);
}
