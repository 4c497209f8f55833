using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Amqtt.Testing;

/// <summary>A server's certificate in two files, as a listener wants it, and a client's view of it. The folder goes with it.</summary>
public sealed class TestCertificate : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("amqtt-cert-");

    /// <summary>Makes a certificate for localhost that is called so.</summary>
    public TestCertificate(string name) => Issue(name);

    /// <summary>The certificate (PEM).</summary>
    public string CertFile => Path.Combine(_folder.FullName, "server.pem");

    /// <summary>Its key (PEM).</summary>
    public string KeyFile => Path.Combine(_folder.FullName, "server.key");

    /// <summary>Puts another certificate, with a key of its own, into the files.</summary>
    public void Issue(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        File.WriteAllText(KeyFile, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(CertFile, certificate.ExportCertificatePem());
    }

    /// <summary>A client that takes any certificate, and offers these versions.</summary>
    public static SslClientAuthenticationOptions Client(SslProtocols protocols = SslProtocols.None) => new()
    {
        TargetHost = "localhost",
        EnabledSslProtocols = protocols,
        RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null,
    };

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);
}
