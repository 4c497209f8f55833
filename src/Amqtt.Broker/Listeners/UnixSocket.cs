using System.Net.Sockets;

namespace Amqtt.Broker.Listeners;

/// <summary>The socket of a listener of type <c>unix</c> (P-B3).</summary>
internal static class UnixSocket
{
    private const int Backlog = 4096;

    // To connect takes the right to write: the owner and the group of the broker have it, others do not.
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    /// <summary>Binds and listens. What a broker left behind that did not end in order is replaced; the file goes when the socket is disposed.</summary>
    /// <exception cref="BrokerException">The path cannot be used; names listener and path.</exception>
    public static Socket Listen(string listener, string path)
    {
        RemoveStale(listener, path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
            // Before it listens, so that nobody gets in meanwhile.
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, Mode);
            socket.Listen(Backlog);
            return socket;
        }
        catch (Exception failed) when (failed is SocketException or IOException or UnauthorizedAccessException)
        {
            socket.Dispose();
            throw new BrokerException($"listener '{listener}' cannot bind to {path}: {failed.Message}; the folder has to exist and be writable for the broker", failed);
        }
    }

    private static void RemoveStale(string listener, string path)
    {
        if (!File.Exists(path)) return;
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused && IsSocket(path))
        {
            File.Delete(path);
            return;
        }
        catch (SocketException failed)
        {
            throw new BrokerException($"listener '{listener}' cannot bind to {path}: there is something of that name that is not the socket of a broker that has ended ({failed.Message})", failed);
        }

        throw new BrokerException($"listener '{listener}' cannot bind to {path}: another process listens there; choose another bind, or stop it");
    }

    // A connection to an ordinary file is refused, too, and such a file must not be lost. A socket is what cannot be opened as a file.
    private static bool IsSocket(string path)
    {
        const int NoSuchDeviceOrAddress = 6; // ENXIO, Linux
        const int NotSupportedOnSocket = 102; // EOPNOTSUPP, macOS
        if (OperatingSystem.IsWindows()) return true;
        try
        {
            // For writing as well, because opening a pipe for reading alone waits for a writer.
            File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite).Dispose();
            return false;
        }
        catch (IOException failed)
        {
            return failed.HResult is NoSuchDeviceOrAddress or NotSupportedOnSocket;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }
}
