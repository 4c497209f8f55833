using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Amqtt.Runtime.Tls;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Amqtt.Runtime.Tests.Tls;

/// <summary>What a client gets to see: the chain, the key kinds, the versions of TLS.</summary>
public sealed class ServerCertificateTests : IDisposable
{
    private readonly TlsFolder _folder = new();
    private readonly TestAuthority _root = TestAuthority.CreateRoot("Root");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_whole_chain_of_the_file_is_sent(bool withRoot)
    {
        var upper = _root.CreateSubordinate("Upper");
        var lower = upper.CreateSubordinate("Lower");
        var settings = withRoot ? _folder.WriteServer(lower.IssueServer(), lower, upper, _root) : _folder.WriteServer(lower.IssueServer(), lower, upper);
        using var server = Load(settings);

        var result = await Handshake.RunAsync(server, new(_root));

        Assert.True(result.Succeeded);
        Assert.Equal(["CN=localhost", "CN=Lower", "CN=Upper", "CN=Root"], result.ServerChain);
    }

    [Fact]
    public async Task Without_its_chain_a_certificate_is_not_trusted()
    {
        using var server = Load(_folder.WriteServer(_root.CreateSubordinate("Between").IssueServer()));

        Assert.IsType<AuthenticationException>((await Handshake.RunAsync(server, new(_root))).ClientError);
    }

    // mosquitto and aMQTT send them too: 'certfile cert.pem' with 'cafile chain.pem' is how many set up a certificate of an ACME authority.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_the_file_lacks_comes_from_the_authorities(bool withRoot)
    {
        var upper = _root.CreateSubordinate("Upper");
        var lower = upper.CreateSubordinate("Lower");
        var files = _folder.WriteServer(lower.IssueServer(), lower);
        var authorities = _folder.Write("chain.pem", withRoot ? $"{_root.Pem}\n{upper.Pem}\n" : $"{upper.Pem}\n");
        var log = new LogRecorder();
        using var server = ServerTls.Load(new() { CertFile = files.CertFile, KeyFile = files.KeyFile, CaFile = authorities }, TimeProvider.System, log);

        var result = await Handshake.RunAsync(server, new(_root));

        Assert.True(result.Succeeded);
        Assert.Equal(["CN=localhost", "CN=Lower", "CN=Upper", "CN=Root"], result.ServerChain);
        Assert.Equal(
            withRoot ? [] : [(LogLevel.Warning, $"The authorities for the listener with the certificate in '{files.CertFile}' are without a root: every client that shows a certificate is refused")],
            log.Lines);
    }

    [Fact]
    public async Task Authorities_without_a_root_let_no_certificate_in()
    {
        var between = _root.CreateSubordinate("Between");
        var files = _folder.WriteServer(_root.IssueServer());
        using var server = Load(new() { CertFile = files.CertFile, KeyFile = files.KeyFile, CaFile = _folder.Write("chain.pem", between.Pem) });

        Assert.False((await Handshake.RunAsync(server, new(_root) { Certificate = between.IssueClient() })).Succeeded);
        Assert.True((await Handshake.RunAsync(server, new(_root))).Succeeded);
    }

    [Theory]
    [InlineData("PKCS#8")]
    [InlineData("PKCS#1")]
    [InlineData("one file")]
    public async Task An_rsa_key_is_read_in_its_forms(string form)
    {
        using var key = RSA.Create(2048);
        var certificate = _root.IssueRsaServer(key).ExportCertificatePem();
        var keyPem = form == "PKCS#1" ? key.ExportRSAPrivateKeyPem() : key.ExportPkcs8PrivateKeyPem();
        var certFile = _folder.Write("server.pem", form == "one file" ? $"{keyPem}\n{certificate}\n" : certificate);
        var keyFile = form == "one file" ? certFile : _folder.Write("server.key", keyPem);
        using var server = Load(new() { CertFile = certFile, KeyFile = keyFile });

        Assert.True((await Handshake.RunAsync(server, new(_root))).Succeeded);
    }

    [Fact]
    public async Task An_elliptic_key_is_read_as_openssl_ecparam_writes_it()
    {
        using var certificate = _root.IssueServer();
        using var key = certificate.GetECDsaPrivateKey()!;
        var parameters = PemEncoding.WriteString("EC PARAMETERS", Convert.FromHexString("06082A8648CE3D030107"));
        var settings = _folder.WriteServer(certificate);
        _folder.Write("server.key", $"{parameters}\n{key.ExportECPrivateKeyPem()}\n");
        using var server = Load(settings);

        Assert.True((await Handshake.RunAsync(server, new(_root))).Succeeded);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_client_that_speaks_only_one_version_is_served(SslProtocols version)
    {
        using var server = Load(_folder.WriteServer(_root.IssueServer()));

        Assert.Equal(version, (await Handshake.RunAsync(server, new(_root) { Protocols = version })).Protocol);
    }

    // Bytes on the wire, because the system's own library may no longer be willing to play a client of that age.
    [Theory]
    [InlineData(0x01)]
    [InlineData(0x02)]
    public async Task Versions_before_1_2_are_refused_with_an_alert(byte minor)
    {
        const byte Alert = 21, Fatal = 2, ProtocolVersion = 70;
        using var server = Load(_folder.WriteServer(_root.IssueServer()));

        var answer = await AnswerToAsync(ClientHello(minor), server);

        Assert.Equal(Alert, answer[0]);
        Assert.Equal([Fatal, ProtocolVersion], answer[5..7]);
    }

    [Fact]
    public async Task The_same_hello_with_version_1_2_is_answered()
    {
        const byte HandshakeRecord = 22, ServerHello = 2;
        using var server = Load(_folder.WriteServer(_root.IssueServer()));

        var answer = await AnswerToAsync(ClientHello(0x03), server);

        Assert.Equal(HandshakeRecord, answer[0]);
        Assert.Equal(ServerHello, answer[5]);
    }

    [Fact]
    public void Only_versions_1_2_and_1_3_are_enabled_and_each_handshake_has_options_of_its_own()
    {
        using var server = Load(_folder.WriteServer(_root.IssueServer()));

        var options = server.GetHandshakeOptions();

        Assert.Equal(SslProtocols.Tls12 | SslProtocols.Tls13, options.EnabledSslProtocols);
        Assert.False(options.AllowRenegotiation);
        Assert.NotSame(options, server.GetHandshakeOptions());
    }

    [Fact]
    public void After_dispose_there_are_no_more_handshakes()
    {
        var server = Load(_folder.WriteServer(_root.IssueServer()));
        server.Dispose();
        server.Dispose();

        Assert.Throws<ObjectDisposedException>(server.GetHandshakeOptions);
    }

    public void Dispose() => _folder.Dispose();

    private static ServerTls Load(ServerTlsSettings settings) => ServerTls.Load(settings, TimeProvider.System, NullLogger.Instance);

    private static async Task<byte[]> AnswerToAsync(byte[] hello, ServerTls server)
    {
        var cancel = TestContext.Current.CancellationToken;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, cancel);
        using var accepted = await listener.AcceptTcpClientAsync(cancel);
        await using var stream = new SslStream(accepted.GetStream());
        var handshake = stream.AuthenticateAsServerAsync(server.GetHandshakeOptions(), cancel);
        await client.GetStream().WriteAsync(hello, cancel);
        var answer = new byte[7];
        await client.GetStream().ReadExactlyAsync(answer, cancel);
        client.Close();
        await Assert.ThrowsAnyAsync<Exception>(() => handshake);
        return answer;
    }

    // A ClientHello of RFC 5246 section 7.4.1.2 with suites for every version, curve P-256 and ECDSA with SHA-256.
    private static byte[] ClientHello(byte minor)
    {
        byte[] extensions =
        [
            0, 10, 0, 4, 0, 2, 0, 23, // supported_groups: secp256r1
            0, 11, 0, 2, 1, 0, // ec_point_formats: uncompressed
            0, 13, 0, 4, 0, 2, 4, 3, // signature_algorithms: ecdsa_secp256r1_sha256
        ];
        byte[] suites = [0xC0, 0x2B, 0xC0, 0x0A, 0xC0, 0x09, 0x00, 0xFF];
        byte[] body = [3, minor, .. new byte[32], 0, 0, (byte)suites.Length, .. suites, 1, 0, 0, (byte)extensions.Length, .. extensions];
        return [22, 3, 1, 0, (byte)(body.Length + 4), 1, 0, 0, (byte)body.Length, .. body];
    }
}
