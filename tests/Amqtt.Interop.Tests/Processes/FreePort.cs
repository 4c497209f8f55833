using System.Net;
using System.Net.Sockets;

namespace Amqtt.Interop.Tests.Processes;

/// <summary>
/// Ports for brokers whose configuration needs a number. They are taken below the range from which the system serves port 0 and
/// outgoing connections, so that no client of a neighbouring test can take one between the choice and the listen.
/// </summary>
internal static class FreePort
{
    private const int First = 20_000;
    private const int Last = 32_000;

    // All tests of the process take from one sequence: at random, two listeners of a broker were given the same port now and then.
    private static int _taken = Random.Shared.Next(Last - First);

    public static int Next()
    {
        while (true)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _taken) % (Last - First));
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
            }
        }
    }
}
