using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Amqtt.Runtime.Tls;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Amqtt.Runtime.Tests.Tls;

/// <summary>Files that change under a running listener.</summary>
public sealed class ReloadTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly TlsFolder _folder = new();
    private readonly TestAuthority _root = TestAuthority.CreateRoot("Root");
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly LogRecorder _log = new();

    [Fact]
    public async Task New_files_count_at_the_next_handshake_a_second_later()
    {
        using var server = Load(_folder.WriteServer(_root.IssueServer("first")));
        WriteServer(_root.IssueServer("second"));

        Assert.Equal("CN=first", await SubjectAsync(server));
        _time.Advance(Second);
        Assert.Equal("CN=second", await SubjectAsync(server));
        Assert.Equal([LogLevel.Information], _log.Lines.Select(line => line.Level));
    }

    [Fact]
    public async Task Unchanged_files_are_not_read_again()
    {
        using var server = Load(_folder.WriteServer(_root.IssueServer("first")));
        var context = server.GetHandshakeOptions().ServerCertificateContext;
        _time.Advance(Second);

        Assert.Equal("CN=first", await SubjectAsync(server));
        Assert.Same(context, server.GetHandshakeOptions().ServerCertificateContext);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task A_broken_new_version_leaves_the_old_one_in_force_and_is_reported_once()
    {
        using var server = Load(_folder.WriteServer(_root.IssueServer("first")));
        // The certificate without its key: also what a look between two writes sees.
        Touch(_folder.Write("server.pem", _root.IssueServer("second").ExportCertificatePem()));

        for (var i = 0; i < 3; i++)
        {
            _time.Advance(Second);
            Assert.Equal("CN=first", await SubjectAsync(server));
        }
        var line = Assert.Single(_log.Lines);
        Assert.Equal(LogLevel.Error, line.Level);
        Assert.Contains(Path.Combine(_folder.Root, "server.key"), line.Text, StringComparison.Ordinal);

        WriteServer(_root.IssueServer("third"));
        _time.Advance(Second);
        Assert.Equal("CN=third", await SubjectAsync(server));
    }

    [Fact]
    public async Task A_file_that_is_gone_leaves_the_old_version_in_force()
    {
        using var server = Load(_folder.WriteServer(_root.IssueServer("first")));
        File.Delete(Path.Combine(_folder.Root, "server.key"));
        _time.Advance(Second);

        Assert.Equal("CN=first", await SubjectAsync(server));
        Assert.Contains("no such file", Assert.Single(_log.Lines).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_is_replaced_by_moving_a_link_counts_as_new()
    {
        WriteInto("v1", _root.IssueServer("first"));
        WriteInto("v2", _root.IssueServer("second"));
        var link = Path.Combine(_folder.Root, "current");
        Directory.CreateSymbolicLink(link, "v1");
        File.CreateSymbolicLink(Path.Combine(_folder.Root, "tls.crt"), "current/server.pem");
        File.CreateSymbolicLink(Path.Combine(_folder.Root, "tls.key"), "current/server.key");
        using var server = Load(new() { CertFile = Path.Combine(_folder.Root, "tls.crt"), KeyFile = Path.Combine(_folder.Root, "tls.key") });

        Directory.Delete(link);
        Directory.CreateSymbolicLink(link, "v2");
        _time.Advance(Second);

        Assert.Equal("CN=second", await SubjectAsync(server));
    }

    [Fact]
    public async Task Authorities_are_read_again_too()
    {
        var added = TestAuthority.CreateRoot("Added");
        var files = _folder.WriteServer(_root.IssueServer());
        _folder.Write("cas/root.pem", _root.Pem);
        using var server = Load(new() { CertFile = files.CertFile, KeyFile = files.KeyFile, CaPath = Path.Combine(_folder.Root, "cas") });
        var client = new HandshakeClient(_root) { Certificate = added.IssueClient() };

        Assert.False((await Handshake.RunAsync(server, client)).Succeeded);
        _folder.Write("cas/added.pem", added.Pem);
        _time.Advance(Second);
        Assert.True((await Handshake.RunAsync(server, client)).Succeeded);
    }

    [Fact]
    public async Task An_established_connection_and_a_handshake_under_way_survive()
    {
        var cancel = TestContext.Current.CancellationToken;
        using var server = Load(_folder.WriteServer(_root.IssueServer("first")));
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, cancel);
        using var accepted = await listener.AcceptTcpClientAsync(cancel);
        await using var serverStream = new SslStream(accepted.GetStream());
        await using var clientStream = new SslStream(client.GetStream());

        var handshake = serverStream.AuthenticateAsServerAsync(server.GetHandshakeOptions(), cancel);
        await ReplaceAsync("second");
        await Task.WhenAll(handshake, clientStream.AuthenticateAsClientAsync(new HandshakeClient(_root).CreateOptions([]), cancel));
        Assert.Equal("CN=first", clientStream.RemoteCertificate?.Subject);
        await ReplaceAsync("third");

        await serverStream.WriteAsync("s"u8.ToArray(), cancel);
        await clientStream.ReadExactlyAsync(new byte[1], cancel);
        await clientStream.WriteAsync("c"u8.ToArray(), cancel);
        await serverStream.ReadExactlyAsync(new byte[1], cancel);

        async Task ReplaceAsync(string name)
        {
            WriteServer(_root.IssueServer(name));
            _time.Advance(Second);
            Assert.Equal($"CN={name}", await SubjectAsync(server));
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    [Fact]
    public void A_server_certificate_that_is_not_valid_now_is_reported()
    {
        _time.Advance(TimeSpan.FromDays(365));
        using var server = Load(_folder.WriteServer(_root.IssueServer()));

        var line = Assert.Single(_log.Lines);
        Assert.Equal(LogLevel.Warning, line.Level);
        Assert.Contains(Path.Combine(_folder.Root, "server.pem"), line.Text, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private ServerTls Load(ServerTlsSettings settings) => ServerTls.Load(settings, _time, _log);

    private async Task<string> SubjectAsync(ServerTls server)
    {
        var result = await Handshake.RunAsync(server, new(_root));
        Assert.True(result.Succeeded, result.ClientError?.Message);
        return result.ServerChain[0];
    }

    private void WriteServer(X509Certificate2 certificate)
    {
        var settings = _folder.WriteServer(certificate);
        Touch(settings.CertFile);
        Touch(settings.KeyFile);
    }

    private void WriteInto(string folder, X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        Touch(_folder.Write($"{folder}/server.key", key.ExportPkcs8PrivateKeyPem()));
        Touch(_folder.Write($"{folder}/server.pem", certificate.ExportCertificatePem()));
    }

    // File systems differ in how finely they tell times apart; each version gets one that differs in any of them.
    private void Touch(string path) => File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(++_touched));

    private int _touched;
}
