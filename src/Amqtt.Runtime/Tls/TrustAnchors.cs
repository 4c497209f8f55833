using System.Buffers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Amqtt.Runtime.Tls;

/// <summary>The authorities that a peer's certificate must lead to: those a configuration names, or else the system's.</summary>
internal sealed class TrustAnchors : IDisposable
{
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    // Null: the system's.
    private readonly X509Certificate2Collection? _authorities;

    private TrustAnchors(X509Certificate2Collection? authorities) => _authorities = authorities;

    /// <summary>The authorities that the configuration names; none where the system's count. They stay here.</summary>
    public IEnumerable<X509Certificate2> Named => _authorities ?? [];

    /// <summary>False if none of the authorities that are named is a root: no chain can be complete then, and no peer's certificate is valid.</summary>
    public bool CanCompleteChains => _authorities is null || _authorities.Any(IsSelfIssued);

    /// <summary>Reads all authorities that are named.</summary>
    /// <param name="file">PEM or DER, or null.</param>
    /// <param name="folder">Folder of such files, or null.</param>
    /// <param name="data">PEM or DER, or empty.</param>
    /// <param name="peersAreChecked">Whether a root has to be among them.</param>
    /// <exception cref="TlsException">Something is missing, unreadable, names no authority, or no root where one is needed.</exception>
    public static TrustAnchors Load(string? file, string? folder, ReadOnlyMemory<byte> data, bool peersAreChecked = true)
    {
        if (file is null && folder is null && data.IsEmpty)
            return new(null);
        var authorities = new X509Certificate2Collection();
        try
        {
            if (file is not null)
                authorities.AddRange(ReadFile("cafile", file));
            if (folder is not null)
                authorities.AddRange(ReadFolder(folder));
            if (!data.IsEmpty)
                authorities.AddRange(NotEmpty(CertificateReader.Read(data, "cadata"), "cadata"));
            if (peersAreChecked && !authorities.Any(IsSelfIssued))
                throw new TlsException($"{Names(file, folder, data)}: holds no root, only authorities that another one has signed; expected the root too, or no chain can be complete");
            return new(authorities);
        }
        catch (TlsException)
        {
            authorities.DisposeAll();
            throw;
        }
    }

    /// <summary>The files of a folder that count, in order of their names; none if there is no such folder.</summary>
    public static IReadOnlyList<string> FilesIn(string folder)
    {
        if (!Directory.Exists(folder))
            return [];
        string[] files = [.. Directory.EnumerateFiles(folder).Where(file => IsCertificateName(Path.GetFileName(file)))];
        Array.Sort(files, StringComparer.Ordinal);
        return files;
    }

    /// <summary>
    /// How a peer's chain is to be built and judged. That its certificate is meant for its side of a connection (extended key usage) is
    /// <see cref="System.Net.Security.SslStream"/>'s to add. The caller owns the result; the certificates in it stay here.
    /// </summary>
    /// <param name="now">The moment at which it must be valid.</param>
    public X509ChainPolicy CreatePolicy(DateTimeOffset now)
    {
        var policy = new X509ChainPolicy
        {
            // The peer is a stranger: no address in its certificate is ever visited.
            DisableCertificateDownloads = true,
            RevocationMode = X509RevocationMode.NoCheck,
            VerificationTime = now.UtcDateTime,
            VerificationTimeIgnored = false,
        };
        if (_authorities is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(_authorities);
        }
        return policy;
    }

    /// <inheritdoc/>
    public void Dispose() => _authorities?.DisposeAll();

    private static X509Certificate2Collection ReadFile(string key, string path)
    {
        var name = TlsFile.Name(key, path);
        return NotEmpty(CertificateReader.Read(TlsFile.Read(key, path), name), name);
    }

    private static X509Certificate2Collection ReadFolder(string folder)
    {
        var name = TlsFile.Name("capath", folder);
        if (!Directory.Exists(folder))
            throw new TlsException($"{name}: there is no such folder");
        // A rehashed folder holds everything twice.
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var authorities = new X509Certificate2Collection();
        foreach (var file in FilesIn(folder))
        {
            foreach (var certificate in CertificateReader.Read(TlsFile.Read("capath", file), TlsFile.Name("capath", file)))
            {
                if (seen.Add(certificate.GetCertHashString(HashAlgorithmName.SHA256)))
                    authorities.Add(certificate);
                else
                    certificate.Dispose();
            }
        }
        return NotEmpty(authorities, name);
    }

    private static X509Certificate2Collection NotEmpty(X509Certificate2Collection authorities, string name) =>
        authorities.Count > 0 ? authorities : throw new TlsException($"{name}: holds no certificate of an authority");

    private static string Names(string? file, string? folder, ReadOnlyMemory<byte> data)
    {
        string?[] names = [file is null ? null : TlsFile.Name("cafile", file), folder is null ? null : TlsFile.Name("capath", folder), data.IsEmpty ? null : "cadata"];
        return string.Join(" and ", names.OfType<string>());
    }

    private static bool IsSelfIssued(X509Certificate2 certificate) => certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    private static bool IsCertificateName(string name) =>
        name.EndsWith(".pem", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith(".crt", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith(".cer", StringComparison.OrdinalIgnoreCase)
        || IsHashName(name);

    // OpenSSL's rehash: eight hex digits of the subject's hash, a dot, a running number. (An "r" after the dot marks a revocation list.)
    private static bool IsHashName(ReadOnlySpan<char> name) =>
        name.Length >= 10 && name[8] == '.' && !name[..8].ContainsAnyExcept(HexDigits) && !name[9..].ContainsAnyExceptInRange('0', '9');
}
