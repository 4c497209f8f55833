using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Amqtt.Client;
using Amqtt.Client.Configuration;
using Amqtt.Interop.Tests.Brokers;
using Amqtt.Interop.Tests.Processes;

namespace Amqtt.Interop.Tests.OwnClient;

/// <summary>P-D8: every key about certificates has its effect, in the options and as an argument of connect.</summary>
public sealed class ClientCertificateTests
{
    [Fact]
    public async Task Authorities_and_client_certificates_count_however_they_are_given()
    {
        using var folder = new TemporaryFolder();
        var certificates = new Certificates(folder);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=device", key, HashAlgorithmName.SHA256);
        using var device = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var (cert, keyFile) = (folder.Write("device.pem", device.ExportCertificatePem()), folder.Write("device.key", key.ExportPkcs8PrivateKeyPem()));
        var authorities = folder.Write("authorities/ca.pem", await File.ReadAllTextAsync(certificates.AuthorityFile));
        var port = FreePort.Next();
        var conf = folder.Write("mosquitto.conf", $"""
            user root
            allow_anonymous false
            listener {port} 127.0.0.1
            cafile {cert}
            certfile {certificates.ServerFile}
            keyfile {certificates.ServerKeyFile}
            require_certificate true
            use_identity_as_username true

            """);
        await using var broker = await BrokerProcess.StartAsync("/usr/sbin/mosquitto", ["-c", conf], port);
        var url = $"mqtts://localhost:{port}";

        ConnectionOptions[] good =
        [
            new() { Uri = url, Cafile = certificates.AuthorityFile, Certfile = cert, Keyfile = keyFile },
            new() { Uri = url, Capath = Path.GetDirectoryName(authorities), Certfile = cert, Keyfile = keyFile },
            new() { Uri = url, Cadata = await File.ReadAllBytesAsync(certificates.AuthorityFile), Certfile = cert, Keyfile = keyFile },
        ];
        foreach (var connection in good)
        {
            await using var client = new MqttClient(new ClientOptions { AutoReconnect = false, Connection = connection });
            await client.ConnectAsync();

            await using var byArgument = new MqttClient(new ClientOptions { AutoReconnect = false });
            await byArgument.ConnectAsync(new()
            {
                Uri = url,
                CaFile = connection.Cafile,
                CaPath = connection.Capath,
                CaData = connection.Cadata is { } data ? data : default(ReadOnlyMemory<byte>?),
                CertFile = cert,
                KeyFile = keyFile,
            });
        }

        await using var anonymous = new MqttClient(new ClientOptions { AutoReconnect = false, Connection = new() { Uri = url, Cafile = certificates.AuthorityFile } });
        await Assert.ThrowsAsync<ConnectException>(() => anonymous.ConnectAsync());
        await Assert.ThrowsAsync<ClientException>(() => anonymous.ConnectAsync(new() { CertFile = cert }));
        var missing = await Assert.ThrowsAsync<ConnectException>(() => anonymous.ConnectAsync(new() { CaFile = folder.Path("nowhere.pem") }));
        Assert.True(missing.IsPermanent);
        Assert.Contains("nowhere.pem", missing.Message, StringComparison.Ordinal);
    }
}
