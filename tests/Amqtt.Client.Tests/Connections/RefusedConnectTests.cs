using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Amqtt.Client.Configuration;
using Amqtt.Testing;

namespace Amqtt.Client.Tests.Connections;

/// <summary>P-D6, P-D8: what repeating cannot cure is thrown at once, and says what was wrong and what would be right.</summary>
public sealed class RefusedConnectTests : IDisposable
{
    private readonly TestCertificate _certificate = new("broker");
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public RefusedConnectTests() => _listener.Start();

    public void Dispose()
    {
        _listener.Dispose();
        _certificate.Dispose();
    }

    [Theory]
    [InlineData("mqtts")]
    [InlineData("wss")]
    public async Task A_certificate_that_nobody_vouches_for(string scheme)
    {
        var error = await FailAsync(new() { Uri = $"{scheme}://{_listener.LocalEndpoint}" }, withTls: true);
        Assert.Contains(": the TLS handshake failed: the broker's certificate is not trusted (", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("; expected a valid one of an authority in cafile, capath or cadata, or of this machine", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mqtts")]
    [InlineData("wss")]
    public async Task A_certificate_of_another_host(string scheme)
    {
        // It is for localhost and 127.0.0.1.
        Assert.SkipUnless(Socket.OSSupportsIPv6, "there is no IPv6 here");
        var error = await FailAsync(new() { Uri = $"{scheme}://[::ffff:127.0.0.1]:{((IPEndPoint)_listener.LocalEndpoint).Port}", CaFile = _certificate.CertFile }, withTls: true);
        Assert.EndsWith("the broker's certificate is for another host name; expected that name in the URI, or check_hostname: false", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a name", "value")]
    [InlineData("name", "a\r\nb: c")]
    public async Task A_header_that_is_none(string name, string value)
    {
        var error = await FailAsync(
            new() { Uri = $"ws://{_listener.LocalEndpoint}", Headers = new Dictionary<string, string>(StringComparer.Ordinal) { [name] = value } }, withTls: false);
        Assert.Equal($"The header '{name}' is none that HTTP carries; expected a name without spaces and a value without control characters.", error.Message);
    }

    [Fact]
    public async Task A_password_without_a_user_name_before_5_0()
    {
        await using var client = new MqttClient(new ClientOptions { ProtocolVersion = Protocol.ProtocolVersion.V311, Password = new("secret") });
        var error = await Assert.ThrowsAsync<ConnectException>(() => client.ConnectAsync(new() { Uri = $"mqtt://{_listener.LocalEndpoint}" }));
        Assert.True(error.IsPermanent);
        Assert.StartsWith("A password without a user name is for MQTT 5.0 only", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_socket_that_is_not_there()
    {
        await using var client = new MqttClient(new ClientOptions { AutoReconnect = false });
        var error = await Assert.ThrowsAsync<ConnectException>(() => client.ConnectAsync(new() { Uri = "unix:///nowhere/mqtt.sock" }));
        Assert.Contains("there is no socket /nowhere/mqtt.sock", error.Message, StringComparison.Ordinal);
    }

    private async Task<ConnectException> FailAsync(ConnectArguments arguments, bool withTls)
    {
        var served = withTls ? ServeAsync() : Task.CompletedTask;
        await using var client = new MqttClient();
        var error = await Assert.ThrowsAsync<ConnectException>(() => client.ConnectAsync(arguments));
        Assert.True(error.IsPermanent);
        await served;
        return error;
    }

    private async Task ServeAsync()
    {
        using var socket = await _listener.AcceptSocketAsync();
        await using var tls = new SslStream(new NetworkStream(socket));
        using var certificate = X509Certificate2.CreateFromPemFile(_certificate.CertFile, _certificate.KeyFile);
        try
        {
            await tls.AuthenticateAsServerAsync(certificate);
            Assert.Equal(0, await tls.ReadAsync(new byte[1]));
        }
        catch (Exception refused) when (refused is AuthenticationException or IOException)
        {
            // The client sees the certificate and goes.
        }
    }
}
