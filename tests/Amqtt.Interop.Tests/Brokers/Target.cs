namespace Amqtt.Interop.Tests.Brokers;

/// <summary>Where a client connects: a port of 127.0.0.1, with TLS when there is an authority to trust, and perhaps with a WebSocket between.</summary>
internal sealed record Target(int Port, string? AuthorityFile, bool IsWebSocket = false);

/// <summary>What lies between MQTT and TCP.</summary>
public enum Transport
{
    Tcp,
    Tls,
    WebSocket,
    SecureWebSocket,
}
