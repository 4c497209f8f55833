using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Amqtt.Client.Configuration;

namespace Amqtt.Client.Transport;

/// <summary>Opens the stream of bytes to a broker, whatever the transport.</summary>
internal static class StreamOpener
{
    /// <summary>Opens a stream. The caller owns it.</summary>
    /// <exception cref="Exception">Of the network, TLS or WebSocket, as it came: the caller says what it means.</exception>
    public static async Task<Stream> OpenAsync(BrokerUri broker, IReadOnlyDictionary<string, string> headers, ClientTls? tls, CancellationToken cancel)
    {
        if (broker.Scheme is BrokerScheme.Ws or BrokerScheme.Wss)
            return await WebSocketOpener.OpenAsync(broker, headers, tls, cancel);

        var stream = new NetworkStream(await OpenSocketAsync(broker, cancel), ownsSocket: true);
        if (tls is null)
            return stream;
        var secure = new SslStream(stream, leaveInnerStreamOpen: false);
        try
        {
            await secure.AuthenticateAsClientAsync(tls.OptionsFor(broker.Host), cancel);
            return secure;
        }
        catch (AuthenticationException failed) when (tls.Refusal is { } why)
        {
            await secure.DisposeAsync();
            throw new AuthenticationException(why, failed);
        }
        catch (IOException cut)
        {
            await secure.DisposeAsync();
            throw new IOException($"the TLS handshake was cut off, as by a port that is not for TLS: {cut.Message}", cut);
        }
        catch
        {
            await secure.DisposeAsync();
            throw;
        }
    }

    private static async Task<Socket> OpenSocketAsync(BrokerUri broker, CancellationToken cancel)
    {
        var isUnix = broker.Scheme == BrokerScheme.Unix;
        // Without an address family it tries IPv6 and IPv4 alike.
        var socket = isUnix ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) : new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (isUnix)
            {
                // The system's own words are "Cannot assign requested address".
                if (!File.Exists(broker.PathAndQuery)) throw new IOException($"there is no socket {broker.PathAndQuery}");
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(broker.PathAndQuery), cancel);
            }
            else
            {
                // Many packets go out in one write; what is left must not wait for the peer's delayed acknowledgement.
                socket.NoDelay = true;
                await socket.ConnectAsync(broker.Host, broker.Port, cancel);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
