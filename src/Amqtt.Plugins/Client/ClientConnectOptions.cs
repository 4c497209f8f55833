using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Plugins;

/// <summary>What one attempt to connect uses: the broker, and what CONNECT says. Immutable; change a copy with <c>with</c>.</summary>
public sealed record ClientConnectOptions
{
    /// <summary>The broker, without user name and password.</summary>
    public required Uri Broker { get; init; }

    /// <summary>The protocol version.</summary>
    public ProtocolVersion ProtocolVersion { get; init; } = ProtocolVersion.V5;

    /// <summary>The client identifier; empty if the broker is to choose one.</summary>
    public string ClientId { get; init; } = "";

    /// <summary>The user name, or null.</summary>
    public string? UserName { get; init; }

    /// <summary>The password, or null.</summary>
    public ReadOnlyMemory<byte>? Password { get; init; }

    /// <summary>Clean Start; in 3.1 and 3.1.1 Clean Session.</summary>
    public bool CleanStart { get; init; } = true;

    /// <summary>The keep alive in seconds; 0 = off.</summary>
    public ushort KeepAlive { get; init; }

    /// <summary>The will, or null.</summary>
    public WillMessage? Will { get; init; }

    /// <summary>The properties of CONNECT; not sent before 5.0.</summary>
    public MqttProperties Properties { get; init; } = MqttProperties.Empty;

    /// <summary>Headers of the HTTP request that opens a WebSocket, for example <c>Authorization</c>.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
}
