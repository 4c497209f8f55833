using System.Net;
using System.Net.Sockets;
using Amqtt.Broker.Configuration;

namespace Amqtt.Broker.Listeners;

/// <summary>Turns a listener's <c>bind</c> into listening sockets.</summary>
internal static class BoundSockets
{
    private const int Backlog = 4096;

    /// <summary>Binds and listens; all or nothing.</summary>
    /// <exception cref="BrokerException">An address cannot be resolved or bound; names listener, address and port.</exception>
    public static async Task<IReadOnlyList<Socket>> ListenAsync(string listener, ListenEndpoint bind, int defaultPort, CancellationToken cancel)
    {
        int port = bind.Port ?? defaultPort;
        var sockets = new List<Socket>();
        try
        {
            foreach (IPAddress address in await ResolveAsync(listener, bind, port, cancel))
            {
                Socket? socket = Listen(listener, address, port, isOptional: sockets.Count > 0);
                if (socket is null) continue;
                sockets.Add(socket);
                port = ((IPEndPoint)socket.LocalEndPoint!).Port; // one port for all addresses, also when the system chose it
            }
        }
        catch
        {
            foreach (Socket socket in sockets) socket.Dispose();
            throw;
        }

        return sockets;
    }

    private static async Task<IPAddress[]> ResolveAsync(string listener, ListenEndpoint bind, int port, CancellationToken cancel)
    {
        if (bind.Host is null) return [Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any];
        if (IPAddress.TryParse(bind.Host, out IPAddress? address)) return [address];
        if (string.Equals(bind.Host, "localhost", StringComparison.OrdinalIgnoreCase)) return [IPAddress.Loopback, IPAddress.IPv6Loopback];
        try
        {
            return await Dns.GetHostAddressesAsync(bind.Host, cancel);
        }
        catch (SocketException unknown)
        {
            throw new BrokerException($"listener '{listener}' cannot bind to {bind.Host}:{port}: the name cannot be resolved ({unknown.Message})", unknown);
        }
    }

    private static Socket? Listen(string listener, IPAddress address, int port, bool isOptional)
    {
        var endPoint = new IPEndPoint(address, port);
        Socket? socket = null;
        try
        {
            socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (address.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
            // Without ReuseAddress: on Unix it would also be SO_REUSEPORT, and a second broker would get half of the first one's clients. What a restart
            // needs, to bind while old connections are in TIME_WAIT, a TCP socket there has anyway.
            socket.Bind(endPoint);
            socket.Listen(Backlog);
            return socket;
        }
        catch (SocketException failed)
        {
            socket?.Dispose();
            // "localhost" on a machine without IPv6 is its IPv4 loopback alone.
            bool missingFamily = failed.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported;
            if (isOptional && missingFamily) return null;
            throw new BrokerException($"listener '{listener}' cannot bind to {endPoint}: {failed.Message}; {Advice(failed.SocketErrorCode)}", failed);
        }
    }

    private static string Advice(SocketError error) => error switch
    {
        SocketError.AddressNotAvailable => "expected an address that this machine has, or 0.0.0.0 or [::] for all of them",
        SocketError.AccessDenied => "choose a port above 1023, or give the broker the right to use lower ones",
        _ => "choose another bind, or stop what uses it",
    };
}
