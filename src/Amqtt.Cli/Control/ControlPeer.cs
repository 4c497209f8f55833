using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Amqtt.Cli.Control;

/// <summary>
/// Who is at the other end of a Unix socket. The folder that it lies in may be somebody else's: where there is no <c>XDG_RUNTIME_DIR</c> it is in the temporary folder, in which everybody can make one
/// under any name. Both ends therefore ask the kernel (<c>SO_PEERCRED</c>, of Linux; elsewhere the permissions of the socket have to do).
/// </summary>
internal static partial class ControlPeer
{
    private const int SolSocket = 1;
    private const int PeerCredentials = 17;
    private const int Root = 0;

    /// <summary>Whether it is the same user as this process, or root. If not, it is to be told nothing, and nothing of it is to be believed.</summary>
    public static bool IsTrusted(Socket socket) => UserOf(socket) is not { } user || IsTrusted(user, OwnUser());

    /// <summary>Whether a process of user <paramref name="own"/> trusts one of <paramref name="user"/>.</summary>
    public static bool IsTrusted(int user, int own) => user == own || user == Root;

    /// <summary>The user identifier of the process at the other end; null where it cannot be found out.</summary>
    public static int? UserOf(Socket socket)
    {
        if (!OperatingSystem.IsLinux()) return null;
        Span<byte> credentials = stackalloc byte[3 * sizeof(int)]; // process, user, group
        socket.GetRawSocketOption(SolSocket, PeerCredentials, credentials);
        return MemoryMarshal.Read<int>(credentials[sizeof(int)..]);
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial int OwnUser();
}
