using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Amqtt.Runtime.Tests.Tls;

/// <summary>A client that trusts one root and shows a certificate or none.</summary>
internal sealed class HandshakeClient(TestAuthority trusts)
{
    public X509Certificate2? Certificate { get; init; }

    /// <summary>What the client sends between its certificate and the root.</summary>
    public TestAuthority[] Chain { get; init; } = [];

    public SslProtocols Protocols { get; init; } = SslProtocols.None;

    public SslClientAuthenticationOptions CreateOptions(List<string> serverChain)
    {
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            EnabledSslProtocols = Protocols,
            CertificateChainPolicy = new()
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { trusts.Certificate },
                DisableCertificateDownloads = true,
                RevocationMode = X509RevocationMode.NoCheck,
            },
            RemoteCertificateValidationCallback = (_, _, chain, errors) =>
            {
                serverChain.AddRange(chain!.ChainElements.Select(element => element.Certificate.Subject));
                return errors == SslPolicyErrors.None;
            },
        };
        if (Certificate is not null)
            options.ClientCertificateContext = SslStreamCertificateContext.Create(Certificate, [.. Chain.Select(authority => authority.Certificate)], offline: true);
        return options;
    }

    public async Task<Exception?> RunAsync(SslStream stream, List<string> serverChain, CancellationToken cancel)
    {
        try
        {
            await stream.AuthenticateAsClientAsync(CreateOptions(serverChain), cancel);
            // With TLS 1.3 a client is done before the server has judged its certificate: only a byte from the server tells.
            await stream.ReadExactlyAsync(new byte[1], cancel);
            await stream.WriteAsync("c"u8.ToArray(), cancel);
            return null;
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            await stream.DisposeAsync();
            return e;
        }
    }
}
