using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Amqtt.Runtime.Tls;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Amqtt.Runtime.Tests.Tls;

/// <summary>P-B0 (trust anchors), P-B8 (who is let in), P-B11 (the certificate that is seen).</summary>
public sealed class ClientCertificateTests : IDisposable
{
    private readonly TlsFolder _folder = new();
    private readonly TestAuthority _root = TestAuthority.CreateRoot("Root");

    public enum Shown
    {
        Nothing,
        Good,
        Foreign,
        Impostor,
        Expired,
        ServerOnly,
    }

    public static TheoryData<ClientCertificateMode, Shown, SslProtocols, bool> Matrix()
    {
        var data = new TheoryData<ClientCertificateMode, Shown, SslProtocols, bool>();
        foreach (var mode in Enum.GetValues<ClientCertificateMode>())
        {
            foreach (var shown in Enum.GetValues<Shown>())
            {
                var admitted = mode == ClientCertificateMode.None || shown == Shown.Good || (shown == Shown.Nothing && mode == ClientCertificateMode.Optional);
                data.Add(mode, shown, SslProtocols.Tls12, admitted);
                data.Add(mode, shown, SslProtocols.Tls13, admitted);
            }
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task PB8_Mode_decides_who_is_let_in(ClientCertificateMode mode, Shown shown, SslProtocols protocol, bool admitted)
    {
        var certificate = shown switch
        {
            Shown.Nothing => null,
            Shown.Good => _root.IssueClient(),
            Shown.Foreign => TestAuthority.CreateRoot("Somebody else").IssueClient(),
            Shown.Impostor => TestAuthority.CreateRoot("Root").IssueClient(),
            Shown.Expired => _root.IssueClient(daysLeft: -1),
            _ => _root.Issue("device-1", TestAuthority.ServerPurpose),
        };
        var settings = _folder.WriteServer(_root.IssueServer());
        using var server = Load(new() { CertFile = settings.CertFile, KeyFile = settings.KeyFile, ClientCertificate = mode, CaFile = _folder.Write("ca.pem", _root.Pem) });

        var result = await Handshake.RunAsync(server, new(_root) { Certificate = certificate, Protocols = protocol });

        Assert.Equal(admitted, result.ServerError is null);
        Assert.Equal(admitted, result.ClientError is null);
        var seen = mode == ClientCertificateMode.None || !admitted ? null : certificate;
        Assert.Equal(seen?.Thumbprint, result.ClientCertificate?.Thumbprint);
        if (admitted)
            Assert.Equal(protocol, result.Protocol);
    }

    public enum Anchors
    {
        File,
        FileDer,
        Folder,
        FolderRehashed,
        DataPem,
        DataDer,
    }

    [Theory]
    [InlineData(Anchors.File)]
    [InlineData(Anchors.FileDer)]
    [InlineData(Anchors.Folder)]
    [InlineData(Anchors.FolderRehashed)]
    [InlineData(Anchors.DataPem)]
    [InlineData(Anchors.DataDer)]
    public async Task PB7_Each_form_of_trust_anchor_works_alone(Anchors form)
    {
        var client = TestAuthority.CreateRoot("Clients");
        var files = _folder.WriteServer(_root.IssueServer());
        using var server = Load(new()
        {
            CertFile = files.CertFile,
            KeyFile = files.KeyFile,
            CaFile = form switch
            {
                Anchors.File => _folder.Write("ca.pem", "A comment, as openssl writes them\n" + client.Pem),
                Anchors.FileDer => _folder.Write("ca.der", client.Der),
                _ => null,
            },
            CaPath = form switch
            {
                Anchors.Folder => Path.GetDirectoryName(_folder.Write("cas/clients.crt", client.Der)),
                Anchors.FolderRehashed => Path.GetDirectoryName(_folder.Write("cas/9d66eef0.0", client.Pem)),
                _ => null,
            },
            CaData = form switch
            {
                Anchors.DataPem => System.Text.Encoding.ASCII.GetBytes(client.Pem),
                Anchors.DataDer => client.Der,
                _ => default,
            },
        });

        Assert.True((await Handshake.RunAsync(server, new(_root) { Certificate = client.IssueClient() })).Succeeded);
        Assert.False((await Handshake.RunAsync(server, new(_root) { Certificate = _root.IssueClient() })).Succeeded);
    }

    [Fact]
    public async Task PB7_All_forms_of_trust_anchors_work_together()
    {
        TestAuthority[] trusted = [.. Enumerable.Range(1, 6).Select(i => TestAuthority.CreateRoot($"Clients {i}"))];
        _folder.Write("cas/a.pem", trusted[2].Pem);
        _folder.Write("cas/b.pem", trusted[3].Pem);
        _folder.Write("cas/README", "not a certificate");
        var files = _folder.WriteServer(_root.IssueServer());
        using var server = Load(new()
        {
            CertFile = files.CertFile,
            KeyFile = files.KeyFile,
            CaFile = _folder.Write("ca.pem", trusted[0].Pem + "\n" + trusted[1].Pem),
            CaPath = Path.Combine(_folder.Root, "cas"),
            CaData = new byte[][] { trusted[4].Der, trusted[5].Der }.SelectMany(der => der).ToArray(),
        });

        foreach (var authority in trusted)
            Assert.True((await Handshake.RunAsync(server, new(_root) { Certificate = authority.IssueClient() })).Succeeded, authority.Certificate.Subject);
        Assert.False((await Handshake.RunAsync(server, new(_root) { Certificate = _root.IssueClient() })).Succeeded);
    }

    [Fact]
    public async Task PB0_Without_anchors_the_system_decides()
    {
        using var server = Load(_folder.WriteServer(_root.IssueServer()));

        Assert.True((await Handshake.RunAsync(server, new(_root))).Succeeded);
        Assert.False((await Handshake.RunAsync(server, new(_root) { Certificate = _root.IssueClient() })).Succeeded);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_authority_in_between_comes_from_the_client_or_from_the_file(bool fromClient)
    {
        var between = _root.CreateSubordinate("Between");
        var files = _folder.WriteServer(_root.IssueServer());
        using var server = Load(new()
        {
            CertFile = files.CertFile,
            KeyFile = files.KeyFile,
            CaFile = _folder.Write("ca.pem", fromClient ? _root.Pem : _root.Pem + between.Pem),
            ClientCertificate = ClientCertificateMode.Required,
        });
        var client = new HandshakeClient(_root) { Certificate = between.IssueClient(), Chain = fromClient ? [between] : [] };

        // Twice: the second time the client offers to resume the session, which carries no chain.
        Assert.True((await Handshake.RunAsync(server, client)).Succeeded);
        Assert.True((await Handshake.RunAsync(server, client)).Succeeded);
    }

    [Fact]
    public async Task Validity_is_judged_by_the_clock_that_was_given()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var files = _folder.WriteServer(_root.IssueServer());
        using var server = ServerTls.Load(
            new() { CertFile = files.CertFile, KeyFile = files.KeyFile, CaFile = _folder.Write("ca.pem", _root.Pem) }, time, NullLogger.Instance);
        var client = new HandshakeClient(_root) { Certificate = _root.IssueClient(daysLeft: 3) };

        Assert.True((await Handshake.RunAsync(server, client)).Succeeded);
        time.Advance(TimeSpan.FromDays(4));
        Assert.False((await Handshake.RunAsync(server, client)).Succeeded);
    }

    [Fact]
    public async Task No_address_in_a_strangers_certificate_is_visited()
    {
        using var web = new TcpListener(IPAddress.Loopback, 0);
        web.Start();
        var between = _root.CreateSubordinate("Between");
        var certificate = between.IssueClient(download: new($"http://{web.LocalEndpoint}/between.cer"));
        var files = _folder.WriteServer(_root.IssueServer());
        using var server = Load(new() { CertFile = files.CertFile, KeyFile = files.KeyFile, CaFile = _folder.Write("ca.pem", _root.Pem) });

        Assert.False((await Handshake.RunAsync(server, new(_root) { Certificate = certificate })).Succeeded);
        Assert.False(web.Pending());
    }

    public void Dispose() => _folder.Dispose();

    private static ServerTls Load(ServerTlsSettings settings) => ServerTls.Load(settings, TimeProvider.System, NullLogger.Instance);
}
