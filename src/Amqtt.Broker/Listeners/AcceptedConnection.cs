using System.Net;

namespace Amqtt.Broker.Listeners;

/// <summary>A connection that a listener has accepted, before MQTT begins on it.</summary>
/// <param name="Stream">Both directions; TLS and a PROXY header are behind.</param>
/// <param name="RemoteEndPoint">The client, as seen by the PROXY in front if there is one; null where the transport has no addresses.</param>
/// <param name="LocalEndPoint">The address that accepted it; null where the transport has none.</param>
/// <param name="IsEncrypted">Whether TLS lies under the stream.</param>
public sealed record AcceptedConnection(Stream Stream, IPEndPoint? RemoteEndPoint, IPEndPoint? LocalEndPoint, bool IsEncrypted);
