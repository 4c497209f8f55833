using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Amqtt.Broker.Transport;

/// <summary>The system calls that a loop on Linux makes. Kept apart so that everything unsafe can be seen at a glance.</summary>
internal static unsafe partial class Libc
{
    internal const int EpollIn = 0x001;
    internal const int EpollOut = 0x004;
    internal const int EpollError = 0x008;
    internal const int EpollHangUp = 0x010;
    internal const int EpollPeerHangUp = 0x2000;
    internal const int EpollExclusive = 1 << 28;
    internal const int EpollEdgeTriggered = 1 << 31;

    internal const int EpollControlAdd = 1;
    internal const int EpollControlDelete = 2;
    internal const int EpollControlModify = 3;

    internal const int Interrupted = 4; // EINTR
    internal const int Again = 11; // EAGAIN
    internal const int ConnectionAborted = 103; // ECONNABORTED

    internal const int ShutdownSend = 1;

    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int NoSignal = 0x4000;
    private const int ProtocolTcp = 6;
    private const int TcpNoDelay = 1;
    private const int TcpQuickAck = 12;

    internal static int CreateEpoll() => EpollCreate(CloseOnExec);

    internal static int CreateEvent() => EventCreate(0, CloseOnExec | NonBlocking);

    internal static nint Send(int fd, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes) return SendCore(fd, start, (nuint)bytes.Length, NoSignal);
    }

    internal static nint Receive(int fd, Span<byte> bytes)
    {
        fixed (byte* start = bytes) return ReceiveCore(fd, start, (nuint)bytes.Length, 0);
    }

    internal static void Signal(SafeFileHandle eventFd)
    {
        ulong one = 1;
        // The counter cannot overflow in practice, and a full one is a signal all the same.
        _ = WriteCore(eventFd, (byte*)&one, sizeof(ulong));
    }

    /// <summary>Accepts one connection, non-blocking and close-on-exec; <paramref name="address"/> receives the raw peer address.</summary>
    internal static int Accept(int fd, Span<byte> address, out int addressLength)
    {
        uint length = (uint)address.Length;
        int accepted;
        fixed (byte* start = address) accepted = AcceptCore(fd, start, &length, CloseOnExec | NonBlocking);
        addressLength = (int)length;
        return accepted;
    }

    /// <summary>Without it QoS 1 has a 44 ms tail: Nagle's algorithm meets delayed acknowledgements. Fails harmlessly on a Unix socket.</summary>
    internal static void DisableNagle(int fd)
    {
        int on = 1;
        _ = SetSocketOption(fd, ProtocolTcp, TcpNoDelay, &on, sizeof(int));
    }

    /// <summary>Has what was received acknowledged, without waiting for something to send along. Until the kernel thinks otherwise: to be asked for after every receive.</summary>
    internal static void AcknowledgeNow(int fd)
    {
        int on = 1;
        _ = SetSocketOption(fd, ProtocolTcp, TcpQuickAck, &on, sizeof(int));
    }

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    internal static partial int EpollWait(int epoll, byte* events, int maxEvents, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    internal static partial int EpollControl(int epoll, int operation, int fd, byte* @event);

    [LibraryImport("libc", EntryPoint = "close")]
    internal static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "shutdown")]
    internal static partial int Shutdown(int fd, int how);

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventCreate(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint SendCore(int fd, byte* bytes, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint ReceiveCore(int fd, byte* bytes, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteCore(SafeFileHandle fd, byte* bytes, nuint length);

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    private static partial int AcceptCore(int fd, byte* address, uint* addressLength, int flags);

    [LibraryImport("libc", EntryPoint = "setsockopt")]
    private static partial int SetSocketOption(int fd, int level, int option, int* value, uint length);
}
