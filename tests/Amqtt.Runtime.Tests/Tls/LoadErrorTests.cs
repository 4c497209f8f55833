using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Amqtt.Runtime.Tls;
using Microsoft.Extensions.Logging.Abstractions;

namespace Amqtt.Runtime.Tests.Tls;

/// <summary>What a person reads who has made a mistake: the file, what is wrong with it, what would be right.</summary>
public sealed class LoadErrorTests : IDisposable
{
    private readonly TlsFolder _folder = new();
    private readonly TestAuthority _root = TestAuthority.CreateRoot("Root");
    private readonly ServerTlsSettings _good;

    public LoadErrorTests() => _good = _folder.WriteServer(_root.IssueServer());

    [Fact]
    public void Certificate_and_key_are_needed()
    {
        Expect(With(certFile: ""), "certfile: no file is given; TLS needs both certfile and keyfile");
        Expect(With(keyFile: ""), "keyfile: no file is given; TLS needs both certfile and keyfile");
    }

    [Fact]
    public void A_file_is_missing()
    {
        var nowhere = Path.Combine(_folder.Root, "nowhere", "x.pem");
        Expect(With(certFile: nowhere), $"certfile '{nowhere}': there is no such file");
        Expect(With(keyFile: nowhere), $"keyfile '{nowhere}': there is no such file");
        Expect(With(caFile: nowhere), $"cafile '{nowhere}': there is no such file");
        Expect(With(caPath: nowhere), $"capath '{nowhere}': there is no such folder");
    }

    [Fact]
    public void A_folder_is_no_file() => Expect(With(certFile: _folder.Root), $"certfile '{_folder.Root}': is a folder, expected a file");

    [Fact]
    public void The_key_belongs_to_another_certificate()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var keyFile = _folder.Write("other.key", other.ExportPkcs8PrivateKeyPem());
        Expect(With(keyFile: keyFile), $"keyfile '{keyFile}': does not match certfile '{_good.CertFile}'; expected the key of the first certificate in that file");
    }

    [Fact]
    public void The_certificate_is_not_the_first_of_its_file()
    {
        var certFile = _folder.Write("wrong-order.pem", _root.Pem + "\n" + File.ReadAllText(_good.CertFile));
        Expect(With(certFile: certFile), $"keyfile '{_good.KeyFile}': does not match certfile '{certFile}'; expected the key of the first certificate in that file");
    }

    [Fact]
    public void The_key_is_of_another_kind()
    {
        using var rsa = RSA.Create(2048);
        foreach (var pem in new[] { rsa.ExportPkcs8PrivateKeyPem(), rsa.ExportRSAPrivateKeyPem() })
        {
            var keyFile = _folder.Write("rsa.key", pem);
            Expect(With(keyFile: keyFile), $"keyfile '{keyFile}': is damaged or of another kind; the certificate of certfile '{_good.CertFile}' needs its ECDSA key");
        }
    }

    [Fact]
    public void The_key_is_encrypted()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string[] forms =
        [
            key.ExportEncryptedPkcs8PrivateKeyPem("secret", new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)),
            "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END EC PRIVATE KEY-----\n",
        ];
        foreach (var pem in forms)
        {
            var keyFile = _folder.Write("locked.key", pem);
            Expect(With(keyFile: keyFile), $"keyfile '{keyFile}': the key is encrypted; expected one without a password, as 'openssl pkey -in FILE -out NEWFILE' writes it");
        }
    }

    [Fact]
    public void There_is_no_key_or_a_damaged_one()
    {
        Expect(With(keyFile: _good.CertFile), $"keyfile '{_good.CertFile}': holds no private key; expected PEM ('-----BEGIN PRIVATE KEY-----' and so on)");

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var publicKey = _folder.Write("public.key", key.ExportSubjectPublicKeyInfoPem());
        Expect(With(keyFile: publicKey), $"keyfile '{publicKey}': holds no private key; expected PEM ('-----BEGIN PRIVATE KEY-----' and so on)");

        var damaged = _folder.Write("damaged.key", Damage(File.ReadAllText(_good.KeyFile)));
        Expect(With(keyFile: damaged), $"keyfile '{damaged}': the private key in it is damaged");
    }

    [Fact]
    public void The_certificate_is_damaged()
    {
        var good = File.ReadAllText(_good.CertFile);

        var damaged = _folder.Write("damaged.pem", good + "\n" + Damage(_root.Pem));
        Expect(With(certFile: damaged), $"certfile '{damaged}': certificate 2 in it is damaged");

        var cut = _folder.Write("cut.pem", good[..^30]);
        Expect(With(certFile: cut), $"certfile '{cut}': certificate 1 in it is cut off; expected a line '-----END CERTIFICATE-----'");

        var text = _folder.Write("text.pem", "certificate to follow");
        Expect(With(certFile: text), $"certfile '{text}': holds no certificate that can be read; expected PEM ('-----BEGIN CERTIFICATE-----' and so on) or DER");

        Expect(With(certFile: _good.KeyFile), $"certfile '{_good.KeyFile}': holds no certificate; expected PEM ('-----BEGIN CERTIFICATE-----' and so on)");
    }

    [Fact]
    public void The_kind_of_key_is_not_supported()
    {
        // Made with "openssl req -x509 -newkey ed25519 -nodes -days 36500 -subj /CN=localhost".
        var certFile = _folder.Write("ed25519.pem", """
            -----BEGIN CERTIFICATE-----
            MIIBPjCB8aADAgECAhRtCYqyWP9lttPhpDL5BWPU82LKkzAFBgMrZXAwFDESMBAG
            A1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzIzMTcwMFoYDzIxMjYxMDMwMjMxNzAw
            WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwKjAFBgMrZXADIQB6VzH+2J0g+04DxUjx
            5atgMdkX5VLdtiuGBpl5BCO/+KNTMFEwHQYDVR0OBBYEFG2mFPxLWsnKay+mUT5+
            caEAaVd6MB8GA1UdIwQYMBaAFG2mFPxLWsnKay+mUT5+caEAaVd6MA8GA1UdEwEB
            /wQFMAMBAf8wBQYDK2VwA0EArjjghBCqh1X4w0uTVB3wQCgjKD3pQCh21JycxRGf
            JHfgkw/ojiINkh/qq+VW+NfXphXYsfGBxClEZaAEEpgXDQ==
            -----END CERTIFICATE-----
            """);
        // The system spells the name of the kind.
        Expect(With(certFile: certFile), $"certfile '{certFile}': its key is of the kind Ed25519, which is not supported; expected RSA or ECDSA", ignoreCase: true);
    }

    [Fact]
    public void Authorities_are_empty_or_damaged()
    {
        Expect(With(caFile: _good.KeyFile), $"cafile '{_good.KeyFile}': holds no certificate of an authority");
        Expect(With(caPath: Directory.CreateDirectory(Path.Combine(_folder.Root, "empty")).FullName), $"capath '{Path.Combine(_folder.Root, "empty")}': holds no certificate of an authority");
        Expect(With(caData: "no certificate"), "cadata: holds no certificate that can be read; expected PEM ('-----BEGIN CERTIFICATE-----' and so on) or DER");

        var damaged = _folder.Write("cas/damaged.crt", Damage(_root.Pem));
        Expect(With(caPath: Path.GetDirectoryName(damaged)), $"capath '{damaged}': certificate 1 in it is damaged");
    }

    [Fact]
    public void Authorities_without_a_root_could_never_vouch_for_anyone()
    {
        var caFile = _folder.Write("between.pem", _root.CreateSubordinate("Between").Pem);
        Expect(With(caFile: caFile, required: true), $"cafile '{caFile}': holds no root, only authorities that another one has signed; expected the root too, or no chain can be complete");

        ServerTls.Load(With(caFile: caFile, caData: _root.Pem, required: true), TimeProvider.System, NullLogger.Instance).Dispose();
    }

    public void Dispose() => _folder.Dispose();

    private static void Expect(ServerTlsSettings settings, string message, bool ignoreCase = false) =>
        Assert.Equal(message, Assert.Throws<TlsException>(() => ServerTls.Load(settings, TimeProvider.System, NullLogger.Instance)).Message, ignoreCase);

    // Takes a character out of the base64 of a PEM block.
    private static string Damage(string pem) => pem.Remove(pem.IndexOf('\n', StringComparison.Ordinal) + 3, 1);

    private ServerTlsSettings With(string? certFile = null, string? keyFile = null, string? caFile = null, string? caPath = null, string? caData = null, bool required = false) => new()
    {
        CertFile = certFile ?? _good.CertFile,
        KeyFile = keyFile ?? _good.KeyFile,
        CaFile = caFile,
        CaPath = caPath,
        CaData = caData is null ? default : Encoding.ASCII.GetBytes(caData),
        ClientCertificate = required ? ClientCertificateMode.Required : ClientCertificateMode.Optional,
    };
}
