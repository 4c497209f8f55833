namespace Amqtt.Runtime.Tls;

/// <summary>
/// What a listener's configuration says about TLS (P-B0). A client certificate is valid if it leads to one of the authorities that
/// <see cref="CaFile"/>, <see cref="CaPath"/> and <see cref="CaData"/> name together and to no other; where none of them is
/// given, to one that the system trusts. Authorities among them that lie between the server's certificate and its root are sent to clients if
/// <see cref="CertFile"/> lacks them.
/// </summary>
public sealed class ServerTlsSettings
{
    /// <summary>PEM file with the server's certificate, followed by those between it and its root. It may hold the key as well.</summary>
    public required string CertFile { get; init; }

    /// <summary>PEM file with the private key of <see cref="CertFile"/>, not encrypted: RSA or ECDSA.</summary>
    public required string KeyFile { get; init; }

    /// <summary>File with authorities, and those between them and the clients if the clients do not send them: PEM or DER.</summary>
    public string? CaFile { get; init; }

    /// <summary>
    /// Folder with such files. Counted are those named <c>*.pem</c>, <c>*.crt</c>, <c>*.cer</c> or as OpenSSL's rehash does (<c>9d66eef0.0</c>).
    /// </summary>
    public string? CaPath { get; init; }

    /// <summary>Such authorities themselves: PEM text (ASCII), or DER, any number one after the other. Empty = none.</summary>
    public ReadOnlyMemory<byte> CaData { get; init; }

    /// <summary>Whether clients may or must show a certificate. Default <see cref="ClientCertificateMode.Optional"/>.</summary>
    public ClientCertificateMode ClientCertificate { get; init; } = ClientCertificateMode.Optional;
}
