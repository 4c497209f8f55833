using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Amqtt.Benchmarks.Client;

/// <summary>Debian's mosquitto on a free port of the loopback address.</summary>
internal sealed class Mosquitto : IDisposable
{
    private readonly Process _process;
    private readonly string _file;

    private Mosquitto(Process process, string file, int port)
    {
        _process = process;
        _file = file;
        Port = port;
    }

    public int Port { get; }

    public static Mosquitto Start()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        var file = Path.GetTempFileName();
        File.WriteAllText(file, $"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nlog_dest none\n");
        var process = Process.Start("/usr/sbin/mosquitto", ["-c", file]);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        while (true)
        {
            try
            {
                socket.Connect(IPAddress.Loopback, port);
                return new(process, file, port);
            }
            catch (SocketException) when (!process.HasExited)
            {
                // Not listening yet.
            }
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
        File.Delete(_file);
    }
}
