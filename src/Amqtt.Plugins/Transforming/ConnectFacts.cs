using System.Net;
using System.Security.Cryptography.X509Certificates;
using Amqtt.Protocol;

namespace Amqtt.Plugins;

/// <summary>What a transform of a CONNECT cannot change.</summary>
internal sealed record ConnectFacts(string Listener, IPAddress? RemoteAddress, int RemotePort, X509Certificate2? PeerCertificate, ProtocolVersion ProtocolVersion);
