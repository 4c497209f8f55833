using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Amqtt.Broker.Transport;

/// <summary>Who is at the other end of a channel, as the transport knows it. Immutable.</summary>
/// <param name="Listener">The name of the listener that accepted it.</param>
/// <param name="Address">The peer's address; null where the transport has none.</param>
/// <param name="Port">The peer's port; 0 where the transport has none.</param>
/// <param name="Certificate">The peer's TLS certificate, validated by the listener; null without one.</param>
internal sealed record PeerInfo(string Listener, IPAddress? Address, int Port, X509Certificate2? Certificate = null)
{
    /// <summary>A peer by its end point; an IPv4 address in its IPv6 form becomes what it is.</summary>
    public static PeerInfo Of(string listener, IPEndPoint? peer, X509Certificate2? certificate = null) => new(listener, peer?.Address.Unmapped(), peer?.Port ?? 0, certificate);

    /// <inheritdoc/>
    public override string ToString() => Address is null ? Listener : new IPEndPoint(Address, Port).ToString();
}
