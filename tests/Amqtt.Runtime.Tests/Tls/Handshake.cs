using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Amqtt.Runtime.Tls;

namespace Amqtt.Runtime.Tests.Tls;

/// <summary>One client and one server shake hands over a loopback socket and then exchange a byte each way.</summary>
/// <param name="ServerError">Why the server gave up, or null.</param>
/// <param name="ClientError">Why the client gave up, at the latest when it used the connection, or null.</param>
/// <param name="ClientCertificate">The certificate that the server saw.</param>
/// <param name="ServerChain">Subjects from the server's certificate to the root as the client, who knows the root only, could build it.</param>
/// <param name="Protocol">The version in force on the server's side.</param>
internal sealed record Handshake(Exception? ServerError, Exception? ClientError, X509Certificate2? ClientCertificate, string[] ServerChain, SslProtocols Protocol)
{
    public bool Succeeded => ServerError is null && ClientError is null;

    public static async Task<Handshake> RunAsync(ServerTls server, HandshakeClient client)
    {
        var cancel = TestContext.Current.CancellationToken;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var clientSide = new TcpClient();
        var connected = clientSide.ConnectAsync((IPEndPoint)listener.LocalEndpoint, cancel);
        using var serverSide = await listener.AcceptTcpClientAsync(cancel);
        await connected;

        await using var serverStream = new SslStream(serverSide.GetStream());
        await using var clientStream = new SslStream(clientSide.GetStream());
        var chain = new List<string>();
        var serverError = RunServerAsync(serverStream, server, cancel);
        var clientError = client.RunAsync(clientStream, chain, cancel);
        await Task.WhenAll(serverError, clientError);
        var refused = await serverError is not null;
        return new(
            await serverError,
            await clientError,
            refused ? null : serverStream.RemoteCertificate as X509Certificate2,
            [.. chain],
            refused ? SslProtocols.None : serverStream.SslProtocol);
    }

    private static async Task<Exception?> RunServerAsync(SslStream stream, ServerTls server, CancellationToken cancel)
    {
        try
        {
            await stream.AuthenticateAsServerAsync(server.GetHandshakeOptions(), cancel);
            await stream.WriteAsync("s"u8.ToArray(), cancel);
            await stream.ReadExactlyAsync(new byte[1], cancel);
            return null;
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            // The broker would close the connection; without that the client would wait for its byte.
            await stream.DisposeAsync();
            return e;
        }
    }
}
