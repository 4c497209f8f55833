using System.Security.Cryptography.X509Certificates;
using Amqtt.Runtime.Tls;

namespace Amqtt.Runtime.Tests.Tls;

/// <summary>A folder with certificate files that is gone after the test.</summary>
internal sealed class TlsFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("amqtt-tls-");

    public string Root => _folder.FullName;

    public string Write(string name, string text) => Write(name, System.Text.Encoding.ASCII.GetBytes(text));

    public string Write(string name, byte[] data)
    {
        var path = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, data);
        return path;
    }

    /// <summary>Writes server.pem and server.key.</summary>
    public ServerTlsSettings WriteServer(X509Certificate2 certificate, params ReadOnlySpan<TestAuthority> chain)
    {
        var pem = certificate.ExportCertificatePem();
        foreach (var authority in chain)
            pem += "\n" + authority.Pem;
        using var key = certificate.GetECDsaPrivateKey()!;
        return new() { CertFile = Write("server.pem", pem + "\n"), KeyFile = Write("server.key", key.ExportPkcs8PrivateKeyPem()) };
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
