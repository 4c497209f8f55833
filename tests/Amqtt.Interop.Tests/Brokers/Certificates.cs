using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

using Amqtt.Interop.Tests.Processes;

namespace Amqtt.Interop.Tests.Brokers;

/// <summary>A certificate authority and a server certificate for the loopback address, made for one run.</summary>
internal sealed class Certificates
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    public Certificates(TemporaryFolder folder)
    {
        // Validity starts in the past, because a container's clock may be behind.
        var from = DateTimeOffset.UtcNow.AddDays(-1);
        var until = DateTimeOffset.UtcNow.AddDays(1);

        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest("CN=Amqtt test authority", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        authorityRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        authorityRequest.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(authorityRequest.PublicKey, critical: false));
        using var authority = authorityRequest.CreateSelfSigned(from, until);

        using var serverKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var serverRequest = new CertificateRequest("CN=localhost", serverKey, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        serverRequest.CertificateExtensions.Add(names.Build());
        serverRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        serverRequest.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], critical: false));
        serverRequest.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        using var server = serverRequest.Create(authority, from, until, RandomNumberGenerator.GetBytes(8));

        AuthorityFile = folder.Write("ca.pem", authority.ExportCertificatePem());
        ServerFile = folder.Write("server.pem", server.ExportCertificatePem());
        ServerKeyFile = folder.Write("server.key", serverKey.ExportPkcs8PrivateKeyPem());
    }

    public string AuthorityFile { get; }

    public string ServerFile { get; }

    public string ServerKeyFile { get; }
}
