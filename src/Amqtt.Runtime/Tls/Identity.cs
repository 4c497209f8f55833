using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Amqtt.Runtime.Tls;

/// <summary>What one side of a handshake shows of itself: its certificate with the key, and what lies between it and its root.</summary>
internal sealed class Identity : IDisposable
{
    private Identity(SslStreamCertificateContext context) => Context = context;

    /// <summary>Certificate, key and chain as <see cref="SslStream"/> wants them. One object for all handshakes: it carries the native context they share.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>Reads certificate, chain and key.</summary>
    /// <param name="certFile">PEM: the certificate first, then the chain.</param>
    /// <param name="keyFile">PEM: the key.</param>
    /// <param name="authorities">Authorities from elsewhere: those that lie between the certificate and its root complete the chain of the file, as OpenSSL does it.</param>
    /// <exception cref="TlsException">Something is missing, unreadable or does not fit together.</exception>
    public static Identity Load(string certFile, string keyFile, TrustAnchors? authorities = null)
    {
        var certName = TlsFile.Name("certfile", certFile);
        var certificates = CertificateReader.Read(TlsFile.Read("certfile", certFile), certName);
        try
        {
            if (certificates.Count == 0)
                throw new TlsException($"{certName}: holds no certificate; expected PEM ('-----BEGIN CERTIFICATE-----' and so on)");
            var key = TlsFile.Read("keyfile", keyFile);
            var certificate = Persist(PrivateKeyReader.Join(certificates[0], certName, key, TlsFile.Name("keyfile", keyFile)));
            X509Certificate2Collection chain = [.. certificates, .. authorities?.Named ?? []];
            // Offline: a broker does not start slower because some authority's server is slow.
            return new(SslStreamCertificateContext.Create(certificate, chain, offline: true));
        }
        finally
        {
            certificates.DisposeAll();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Context.TargetCertificate.Dispose();
        foreach (var certificate in Context.IntermediateCertificates)
            certificate.Dispose();
    }

    // Windows' TLS does not take a key that lives in memory only.
    private static X509Certificate2 Persist(X509Certificate2 certificate)
    {
        if (!OperatingSystem.IsWindows())
            return certificate;
        using (certificate)
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
    }
}
