using System.Net;
using System.Security.Cryptography.X509Certificates;
using Amqtt.Protocol;

namespace Amqtt.Plugins;

/// <summary>
/// The role of a plugin that turns connections away before anything else of their CONNECT is looked at: banned addresses, a listener that is closed for now. A connection that
/// nobody denies goes on to authentication.
/// </summary>
public interface IConnectionFilter
{
    /// <summary>Decides whether a connection may go on. Called on the thread pool.</summary>
    /// <param name="context">Who connects.</param>
    /// <returns>A denial refuses the client with its code; an exception or a time-out of five seconds refuses it as unavailable; everything else lets it go on.</returns>
    ValueTask<Decision> FilterConnectionAsync(ConnectionContext context);
}

/// <summary>A connection that has sent its CONNECT. Immutable, and the plugin's to keep.</summary>
public sealed class ConnectionContext
{
    /// <summary>Where it comes from; null for transports without addresses.</summary>
    public IPAddress? RemoteAddress { get; init; }

    /// <summary>The port belonging to <see cref="RemoteAddress"/>, or 0.</summary>
    public int RemotePort { get; init; }

    /// <summary>The name of the listener, as configured.</summary>
    public required string Listener { get; init; }

    /// <summary>The certificate the client presented, or null.</summary>
    public X509Certificate2? PeerCertificate { get; init; }

    /// <summary>The protocol version of the CONNECT.</summary>
    public required ProtocolVersion ProtocolVersion { get; init; }

    /// <summary>The client identifier it claims; nothing of it has been checked.</summary>
    public required string ClientId { get; init; }

    /// <summary>Cancelled when the time-out has passed.</summary>
    public CancellationToken CancellationToken { get; init; }
}
