using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Amqtt.Runtime.Tls;

/// <summary>Reads a private key (PEM: PKCS#8, PKCS#1 or SEC 1) and joins it to its certificate.</summary>
internal static class PrivateKeyReader
{
    private const string RsaOid = "1.2.840.113549.1.1.1";
    private const string EcOid = "1.2.840.10045.2.1";

    /// <summary>A new certificate object that has its key.</summary>
    /// <param name="certificate">The certificate. Stays the caller's.</param>
    /// <param name="certName">What messages call its file.</param>
    /// <param name="data">The bytes of the key's file.</param>
    /// <param name="keyName">What messages call the key's file.</param>
    /// <exception cref="TlsException">There is no key that can be used, or it is another certificate's.</exception>
    public static X509Certificate2 Join(X509Certificate2 certificate, string certName, ReadOnlySpan<byte> data, string keyName)
    {
        using AsymmetricAlgorithm key = certificate.GetKeyAlgorithm() switch
        {
            RsaOid => RSA.Create(),
            EcOid => ECDsa.Create(),
            var other => throw new TlsException($"{certName}: its key is of the kind {Oid(other)}, which is not supported; expected RSA or ECDSA"),
        };
        var kind = key is RSA ? "RSA" : "ECDSA";
        try
        {
            key.ImportFromPem(Find(Encoding.Latin1.GetString(data), keyName));
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            throw new TlsException($"{keyName}: is damaged or of another kind; the certificate of {certName} needs its {kind} key", e);
        }
        try
        {
            return key is RSA rsa ? certificate.CopyWithPrivateKey(rsa) : certificate.CopyWithPrivateKey((ECDsa)key);
        }
        catch (ArgumentException e)
        {
            throw new TlsException($"{keyName}: does not match {certName}; expected the key of the first certificate in that file", e);
        }
    }

    // Only the block itself is handed on: the file may also hold certificates, curve parameters, or a public key that would be taken for the key.
    private static ReadOnlySpan<char> Find(ReadOnlySpan<char> text, string name)
    {
        if (text.Contains("-----BEGIN ENCRYPTED PRIVATE KEY-----", StringComparison.Ordinal) || text.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal))
            throw new TlsException($"{name}: the key is encrypted; expected one without a password, as 'openssl pkey -in FILE -out NEWFILE' writes it");
        var announced = text.Contains("PRIVATE KEY-----", StringComparison.Ordinal);
        while (PemEncoding.TryFind(text, out var block))
        {
            if (text[block.Label] is "PRIVATE KEY" or "RSA PRIVATE KEY" or "EC PRIVATE KEY")
                return text[block.Location];
            text = text[block.Location.End..];
        }
        throw new TlsException(announced ? $"{name}: the private key in it is damaged" : $"{name}: holds no private key; expected PEM ('-----BEGIN PRIVATE KEY-----' and so on)");
    }

    private static string Oid(string value) => new Oid(value).FriendlyName ?? value;
}
