using System.Net;
using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Tls;

namespace Amqtt.Broker.Configuration;

/// <summary>
/// One entry of <c>listeners</c>. Every listener inherits from the listener <c>default</c> exactly the values it does not set itself.
/// Set before the broker starts; read-only from then on.
/// </summary>
public sealed class ListenerOptions : InheritableOptions
{
    /// <summary>What kind of listener this is. TLS is not a kind: use <see cref="Ssl"/>. Default <see cref="ListenerType.Tcp"/>.</summary>
    public ListenerType Type { get; set => Set(ref field, value); }

    /// <summary>Address and port. Null = no socket is opened. Default <c>0.0.0.0:1883</c>, for the listener <c>default</c>.</summary>
    public ListenEndpoint? Bind { get; set => Set(ref field, value); } = ListenEndpoint.Default;

    /// <summary>Open connections of this listener; 0 or less = unlimited (<see cref="int.MaxValue"/>). Default unlimited.</summary>
    [Unlimited(Negative = true)]
    public int MaxConnections { get; set => Set(ref field, value <= 0 ? int.MaxValue : value); } = int.MaxValue;

    /// <summary>
    /// What happens to a connection above <see cref="MaxConnections"/>. On all listeners together an eighth of the broker's <see cref="LimitOptions.MaxConnections"/> may wait, at most
    /// 1000; the next one is refused. Default <see cref="MaxConnectionsMode.Refuse"/>.
    /// </summary>
    public MaxConnectionsMode MaxConnectionsMode { get; set => Set(ref field, value); }

    /// <summary>TLS. Needs <see cref="Certfile"/> and <see cref="Keyfile"/>. Default false.</summary>
    public bool Ssl { get; set => Set(ref field, value); }

    /// <summary>PEM file with the server's certificate and the chain to its root; what it lacks of the chain is taken from <see cref="Cafile"/>, <see cref="Capath"/> and <see cref="Cadata"/>. Default none.</summary>
    [ConfigPath(MustExist = PathKind.File)]
    public string? Certfile { get; set => Set(ref field, value); }

    /// <summary>PEM file with the private key of <see cref="Certfile"/>. Default none.</summary>
    [ConfigPath(MustExist = PathKind.File)]
    public string? Keyfile { get; set => Set(ref field, value); }

    /// <summary>PEM file with authorities that client certificates are checked against; adds to <see cref="Capath"/> and <see cref="Cadata"/>. Default none.</summary>
    [ConfigPath(MustExist = PathKind.File)]
    public string? Cafile { get; set => Set(ref field, value); }

    /// <summary>Folder with PEM files of such authorities. Default none.</summary>
    [ConfigPath(MustExist = PathKind.Folder)]
    public string? Capath { get; set => Set(ref field, value); }

    /// <summary>Such authorities as PEM text or DER bytes. Default none.</summary>
    public byte[]? Cadata { get; set => Set(ref field, value); }

    /// <summary>Whether clients may or must show a certificate. Default <see cref="ClientCertificateMode.Optional"/>.</summary>
    public ClientCertificateMode ClientCertificate { get; set => Set(ref field, value); } = ClientCertificateMode.Optional;

    /// <summary>Web pages that may connect to a WebSocket listener, by their Origin header; null = those of the same host. Requests without Origin pass. Default null.</summary>
    public AllowedOrigins? AllowedOrigins { get; set => Set(ref field, value); }

    /// <summary>
    /// Every connection begins with a header of the PROXY protocol (version 1 or 2) that says who the client is, as HAProxy and others write it. Needs
    /// <see cref="ProxyFrom"/>, except on a Unix socket. Default false.
    /// </summary>
    public bool ProxyProtocol { get; set => Set(ref field, value); }

    /// <summary>The proxies: with <see cref="ProxyProtocol"/>, a connection from any other address is closed unread. Default none.</summary>
    public AddressRanges? ProxyFrom { get; set => Set(ref field, value); }

    /// <summary>Accepted for compatibility, without effect.</summary>
    public string? Reader { get; set => Set(ref field, value); }

    /// <summary>Accepted for compatibility, without effect.</summary>
    public string? Writer { get; set => Set(ref field, value); }

    /// <summary>Bounds that differ on this listener from the broker's <see cref="BrokerOptions.Limits"/>.</summary>
    [OnlyWhatIsSet]
    public LimitOptions Limits { get; set => Set(ref field, value); } = new();

    /// <summary>Its key in <c>listeners</c>; set on the effective options a broker works with, otherwise empty.</summary>
    public string Name { get; internal set; } = "";

    /// <summary>The port when <see cref="Bind"/> names none: 1883, for WebSocket 8883, with and without TLS.</summary>
    public int DefaultPort => Type == ListenerType.Ws ? 8883 : 1883;

    /// <summary>Whether a connection from this address may begin: on listeners behind a proxy, if it is the proxy's.</summary>
    internal bool TrustsProxy(IPAddress? address) => !ProxyProtocol || Type == ListenerType.Unix || ProxyFrom?.Contains(address) == true;

    /// <summary>A copy with everything inherited that this listener does not set: from <c>default</c>, and limits from there and then from the broker.</summary>
    internal ListenerOptions Over(ListenerOptions defaultListener, LimitOptions brokerLimits, string name)
    {
        var effective = new ListenerOptions { Name = name };
        effective.InheritFrom(this, property => property.Name != nameof(Limits));
        effective.InheritFrom(defaultListener, property => property.Name != nameof(Limits));
        effective.Limits = Limits.Over(defaultListener.Limits).Over(brokerLimits);
        return effective;
    }
}
