using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Amqtt.Client.Configuration;
using Amqtt.Runtime.Tls;

namespace Amqtt.Client.Transport;

/// <summary>Certificates of one attempt to connect, read from their files anew: a renewed certificate counts from the next connect.</summary>
internal sealed class ClientTls : IDisposable
{
    private readonly TrustAnchors _anchors;
    private readonly Identity? _identity;
    private readonly bool _checkHostname;
    private readonly bool _verifyCert;
    private readonly TimeProvider _time;

    private ClientTls(TrustAnchors anchors, Identity? identity, ClientOptions options, TimeProvider time)
    {
        _anchors = anchors;
        _identity = identity;
        _checkHostname = options.CheckHostname;
        _verifyCert = options.VerifyCert;
        _time = time;
    }

    /// <summary>Why the broker's certificate was refused, which the exception of the handshake does not say; null if it was not.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Reads what the options name.</summary>
    /// <exception cref="TlsException">A file is missing, unreadable, or does not fit.</exception>
    public static ClientTls Load(ClientOptions options, TimeProvider time)
    {
        var connection = options.Connection;
        var anchors = TrustAnchors.Load(connection.Cafile, connection.Capath, connection.Cadata);
        try
        {
            var identity = connection is { Certfile: { } cert, Keyfile: { } key } ? Identity.Load(cert, key) : null;
            return new(anchors, identity, options, time);
        }
        catch
        {
            anchors.Dispose();
            throw;
        }
    }

    /// <summary>For one handshake with a host of that name.</summary>
    public SslClientAuthenticationOptions OptionsFor(string host) => new()
    {
        TargetHost = host,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CertificateChainPolicy = _anchors.CreatePolicy(_time.GetUtcNow()),
        ClientCertificateContext = _identity?.Context,
        RemoteCertificateValidationCallback = Accept,
    };

    public void Dispose()
    {
        _anchors.Dispose();
        _identity?.Dispose();
    }

    private bool Accept(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (!_verifyCert)
            return true;
        if (!_checkHostname)
            errors &= ~SslPolicyErrors.RemoteCertificateNameMismatch;
        Refusal = Explain(errors, chain);
        return errors == SslPolicyErrors.None;
    }

    private static string? Explain(SslPolicyErrors errors, X509Chain? chain)
    {
        if (errors == SslPolicyErrors.None)
            return null;
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
            return $"the broker's certificate is not trusted ({string.Join(", ", (chain?.ChainStatus ?? []).Select(status => status.Status).Distinct())}); expected a valid one of an authority in cafile, capath or cadata, or of this machine";
        return errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
            ? "the broker's certificate is for another host name; expected that name in the URI, or check_hostname: false"
            : "the broker showed no certificate";
    }
}
