using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Plugins;

/// <summary>A client that wants to connect: what it says about itself, and what a plugin that allows it may set.</summary>
/// <remarks>
/// Every plugin gets a context of its own. What it sets counts only if it allows and the final verdict is allow; where two plugins set
/// the same, the first in configuration order wins. A context that is used after its hook ended throws.
/// </remarks>
public sealed class AuthenticateContext
{
    private volatile bool _ended;

    /// <summary>The client identifier; empty if the client leaves the choice to the broker.</summary>
    /// <exception cref="InvalidOperationException">The hook has ended; so for every member.</exception>
    public required string ClientId { get => Live(field); init; }

    /// <summary>The user name, or null.</summary>
    public string? UserName { get => Live(field); init; }

    /// <summary>The password, or null. The bytes are overwritten with zeros when the question is decided: do not keep them.</summary>
    public ReadOnlyMemory<byte>? Password { get => Live(field); init; }

    /// <summary>The certificate the client presented, or null.</summary>
    public X509Certificate2? PeerCertificate { get => Live(field); init; }

    /// <summary>Where the client comes from; null for transports without addresses.</summary>
    public IPAddress? RemoteAddress { get => Live(field); init; }

    /// <summary>The port belonging to <see cref="RemoteAddress"/>, or 0.</summary>
    public int RemotePort { get => Live(field); init; }

    /// <summary>The name of the listener, as configured.</summary>
    public required string Listener { get => Live(field); init; }

    /// <summary>The protocol version of the CONNECT.</summary>
    public required ProtocolVersion ProtocolVersion { get => Live(field); init; }

    /// <summary>The properties of the CONNECT; empty before MQTT 5.</summary>
    public MqttProperties Properties { get => Live(field); init; } = MqttProperties.Empty;

    /// <summary>The will, or null. Its topic is filtered after authentication.</summary>
    public WillMessage? Will { get => Live(field); init; }

    /// <summary>Cancelled when the time-out has passed or the client is gone.</summary>
    public CancellationToken CancellationToken { get => Live(field); init; }

    /// <summary>
    /// Set: who the client is, which is who its session belongs to. Null leaves it to be the user name. A client identifier in use by one
    /// identity is not given to another.
    /// </summary>
    public string? Identity
    {
        get => Live(field);
        set
        {
            Live(0);
            field = value;
        }
    }

    /// <summary>Set: the client is admitted without saying who it is.</summary>
    public bool IsAnonymous
    {
        get => Live(field);
        set
        {
            Live(0);
            field = value;
        }
    }

    /// <summary>The same question with outputs and an end of its own, for one plugin.</summary>
    internal AuthenticateContext ForPlugin(CancellationToken cancel)
    {
        return new()
        {
            ClientId = ClientId,
            UserName = UserName,
            Password = Password,
            PeerCertificate = PeerCertificate,
            RemoteAddress = RemoteAddress,
            RemotePort = RemotePort,
            Listener = Listener,
            ProtocolVersion = ProtocolVersion,
            Properties = Properties,
            Will = Will,
            CancellationToken = cancel,
        };
    }

    /// <summary>From now on every use of it throws.</summary>
    internal void End() => _ended = true;

    /// <summary>Overwrites the password.</summary>
    internal void ClearPassword()
    {
        if (Password is { } password && MemoryMarshal.TryGetArray(password, out var bytes)) CryptographicOperations.ZeroMemory(bytes);
    }

    private T Live<T>(T value) => _ended ? throw HookState.Late(nameof(AuthenticateContext)) : value;
}
