using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Amqtt.Broker.Transport;

/// <summary>Accepts the connections of one listening socket on one loop. Every loop has one for the same socket; the kernel wakes a single loop for each.</summary>
internal sealed class SocketAcceptor(EventLoop loop, Socket listening, Action<EventLoop, int, IPAddress?, int> accepted, ILogger log) : IReadinessHandler
{
    private const int AcceptsPerRound = 64;
    private const int PauseMilliseconds = 500;
    private const int AddressFamilyUnspecified = 0;
    private const int AddressFamilyInet = 2;
    private const int AddressFamilyInet6 = 10;
    private const int NotWatched = -1;

    private readonly byte[] _address = new byte[128]; // sizeof(sockaddr_storage)
    private readonly int _fd = (int)listening.Handle;
    private LoopTimer? _pause;
    private int _token = NotWatched;
    private bool _stopped;

    /// <summary>Begins to accept; completes when it does. Any thread.</summary>
    public Task StartAsync() => loop.RunAsync(Watch);

    /// <summary>Accepts nothing any more; the socket is the listener's to close when this has completed. Any thread.</summary>
    public Task StopAsync() => loop.RunAsync(() =>
    {
        _stopped = true;
        _pause?.Cancel();
        if (_token != NotWatched) loop.Poller.Unwatch(_fd, _token);
        _token = NotWatched;
    });

    /// <inheritdoc/>
    public void OnReady(Readiness readiness)
    {
        for (int i = 0; i < AcceptsPerRound && !_stopped; i++)
        {
            int fd = Libc.Accept(_fd, _address, out int length);
            if (fd >= 0)
            {
                Libc.DisableNagle(fd);
                (IPAddress? address, int port) = Parse(_address.AsSpan(0, Math.Min(length, _address.Length)));
                accepted(loop, fd, address, port);
                continue;
            }

            int error = Marshal.GetLastPInvokeError();
            if (error is Libc.Interrupted or Libc.ConnectionAborted) continue;
            if (error == Libc.Again) return;
            PauseAccepting(error);
            return;
        }
    }

    private static (IPAddress? Address, int Port) Parse(ReadOnlySpan<byte> address)
    {
        int family = address.Length < 2 ? AddressFamilyUnspecified : MemoryMarshal.Read<ushort>(address);
        switch (family)
        {
            case AddressFamilyInet:
                return (new IPAddress(address.Slice(4, 4)), BinaryPrimitives.ReadUInt16BigEndian(address[2..]));
            case AddressFamilyInet6:
                return (new IPAddress(address.Slice(8, 16)).Unmapped(), BinaryPrimitives.ReadUInt16BigEndian(address[2..]));
            default:
                return (null, 0);
        }
    }

    private void Watch()
    {
        if (!_stopped) _token = loop.Poller.Watch(_fd, this, Readiness.Read, exclusive: true);
    }

    /// <summary>Out of descriptors: the waiting connection would make the poller return for ever, so accepting rests until some are free again.</summary>
    private void PauseAccepting(int error)
    {
        TransportLog.AcceptPaused(log, listening.LocalEndPoint, Marshal.GetPInvokeErrorMessage(error));
        loop.Poller.Unwatch(_fd, _token);
        _token = NotWatched;
        _pause ??= new TimedCallback(Watch);
        loop.Timers.Schedule(_pause, loop.Now + PauseMilliseconds);
    }
}
