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
    private readonly SessionAttributes _attributes = new();
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

    /// <summary>Whether a client that is connected authenticates again (<see cref="IEnhancedAuthPlugin"/> only).</summary>
    public bool IsReauthentication { get => Live(field); init; }

    /// <summary>Cancelled when the time-out has passed; in an exchange of AUTH packets, when that has ended.</summary>
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

    /// <summary>Set: the client identifier to use in the place of the client's own; an MQTT 5 client that sent none is told.</summary>
    /// <exception cref="ArgumentException">It is empty or no valid text.</exception>
    public string? AssignedClientId
    {
        get => Live(field);
        set
        {
            Live(0);
            if (value is not null && (value.Length == 0 || !MqttString.IsValid(value))) throw new ArgumentException("A client identifier is valid text and not empty.", nameof(value));
            field = value;
        }
    }

    /// <summary>Set: how long the session outlives its connection; zero = not at all, <see cref="Timeout.InfiniteTimeSpan"/> = for ever. An MQTT 5 client is told.</summary>
    public TimeSpan? SessionExpiry
    {
        get => Live(field);
        set
        {
            Live(0);
            if (value is { } expiry && expiry < TimeSpan.Zero && expiry != Timeout.InfiniteTimeSpan)
                throw new ArgumentOutOfRangeException(nameof(value), value, "A session expiry is not negative.");
            field = value;
        }
    }

    /// <summary>
    /// Set: the keep-alive; zero = none. An MQTT 5 client is told; an older one cannot be, and keeps its own if that is longer.
    /// </summary>
    public TimeSpan? KeepAlive
    {
        get => Live(field);
        set
        {
            Live(0);
            if (value is { } keepAlive && (keepAlive < TimeSpan.Zero || keepAlive > TimeSpan.FromSeconds(ushort.MaxValue)))
                throw new ArgumentOutOfRangeException(nameof(value), value, "A keep-alive is 0 to 65,535 s.");
            field = value;
        }
    }

    /// <summary>Set: when what the client has shown stops being valid. It is disconnected then, unless it has authenticated again.</summary>
    public DateTimeOffset? CredentialExpiry
    {
        get => Live(field);
        set
        {
            Live(0);
            field = value;
        }
    }

    /// <summary>Set: bounds in the place of the listener's.</summary>
    public ClientLimits? Limits
    {
        get => Live(field);
        set
        {
            Live(0);
            field = value;
        }
    }

    /// <summary>
    /// Set: what the client may do with topics. The first rule that covers a use decides, and what no rule covers is denied; topic plugins are asked besides, and each of them can
    /// still deny. Topics are those that the broker works with, the prefix included.
    /// </summary>
    public IReadOnlyList<TopicPermission>? Permissions
    {
        get => Live(field);
        set
        {
            Live(0);
            field = value is null ? null : [.. value];
        }
    }

    /// <summary>
    /// Set: what the broker puts in front of every topic and filter of the client, and takes off what it sends: <c>tenant1/</c> gives each tenant a world of its own. The client
    /// sees nothing of it; plugins see the whole topic.
    /// </summary>
    /// <exception cref="ArgumentException">It is no valid beginning of a topic name.</exception>
    public string? TopicPrefix
    {
        get => Live(field);
        set
        {
            Live(0);
            if (value is not null && !TopicName.IsValid(value)) throw new ArgumentException("A topic prefix is the beginning of a topic name, without wildcards.", nameof(value));
            field = value;
        }
    }

    /// <summary>
    /// Set: what plugins are to remember about the client, such as the claims of its token: in <see cref="ISession.Attributes"/> before anything else is asked about the client, and
    /// until it authenticates again, which takes away what is not set anew.
    /// </summary>
    public SessionAttributes Attributes => Live(_attributes);

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
            IsReauthentication = IsReauthentication,
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
