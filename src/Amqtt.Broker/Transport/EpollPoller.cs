using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Amqtt.Broker.Transport;

/// <summary>Waits with epoll, level-triggered, up to 512 events a round.</summary>
internal sealed unsafe class EpollPoller : Poller
{
    private const int EventsPerRound = 512;
    private const ulong WakeToken = ulong.MaxValue;

    // struct epoll_event is packed on x64 only; elsewhere its 64-bit data is aligned.
    private static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataOffset = EventSize - sizeof(ulong);

    private readonly int _epoll;
    private readonly SafeFileHandle _wake; // who wakes may come when the loop has ended, and the number may be somebody else's by then
    private readonly byte[] _events = GC.AllocateArray<byte>(EventsPerRound * EventSize, pinned: true);
    private readonly Stack<int> _free = [];
    private Registration[] _registrations = new Registration[64];
    private int _used;

    public EpollPoller()
    {
        _epoll = Checked(Libc.CreateEpoll(), "epoll_create1");
        _wake = new SafeFileHandle(Checked(Libc.CreateEvent(), "eventfd"), ownsHandle: true);
        // Edge-triggered, so that nobody has to read the counter back: every write is a new edge.
        Control(Libc.EpollControlAdd, (int)_wake.DangerousGetHandle(), Libc.EpollIn | Libc.EpollEdgeTriggered, WakeToken);
    }

    /// <inheritdoc/>
    public override bool WatchesDescriptors => true;

    /// <inheritdoc/>
    public override int Wait(bool block)
    {
        int count;
        fixed (byte* events = _events) count = Libc.EpollWait(_epoll, events, EventsPerRound, block ? -1 : 0);
        if (count >= 0) return count;
        int error = Marshal.GetLastPInvokeError();
        return error == Libc.Interrupted ? 0 : throw new Win32Exception(error, "epoll_wait failed");
    }

    /// <inheritdoc/>
    public override void Dispatch(int count)
    {
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> entry = _events.AsSpan(i * EventSize, EventSize);
            ulong data = MemoryMarshal.Read<ulong>(entry[DataOffset..]);
            if (data == WakeToken) continue;
            int token = (int)(uint)data;
            ref Registration registration = ref _registrations[token];
            // A handler of this round may have closed a later one's channel, and its place may be taken again.
            if (registration.Handler is null || registration.Generation != (uint)(data >> 32)) continue;
            registration.Handler.OnReady(Translate(MemoryMarshal.Read<uint>(entry)));
        }
    }

    /// <inheritdoc/>
    public override void Wake()
    {
        try
        {
            Libc.Signal(_wake);
        }
        catch (ObjectDisposedException)
        {
            // Nobody waits any more.
        }
    }

    /// <inheritdoc/>
    public override int Watch(int fd, IReadinessHandler handler, Readiness readiness, bool exclusive = false)
    {
        int token = TakeToken();
        ref Registration registration = ref _registrations[token];
        registration.Handler = handler;
        registration.Generation++;
        // The kernel takes the exclusive flag with EPOLLIN alone.
        int events = exclusive ? Libc.EpollIn | Libc.EpollExclusive : Translate(readiness);
        Control(Libc.EpollControlAdd, fd, events, Data(token, registration.Generation));
        return token;
    }

    /// <inheritdoc/>
    public override void Change(int fd, int token, Readiness readiness) =>
        Control(Libc.EpollControlModify, fd, Translate(readiness), Data(token, _registrations[token].Generation));

    /// <inheritdoc/>
    public override void Unwatch(int fd, int token)
    {
        Control(Libc.EpollControlDelete, fd, 0, 0);
        _registrations[token].Handler = null;
        _free.Push(token);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _wake.Dispose();
        _ = Libc.Close(_epoll);
    }

    private static ulong Data(int token, uint generation) => (uint)token | ((ulong)generation << 32);

    private static Readiness Translate(uint events)
    {
        var readiness = Readiness.None;
        if ((events & (Libc.EpollIn | Libc.EpollError | Libc.EpollHangUp | Libc.EpollPeerHangUp)) != 0) readiness |= Readiness.Read;
        if ((events & Libc.EpollOut) != 0) readiness |= Readiness.Write;
        return readiness;
    }

    private static int Translate(Readiness readiness) =>
        (readiness.HasFlag(Readiness.Read) ? Libc.EpollIn | Libc.EpollPeerHangUp : 0) | (readiness.HasFlag(Readiness.Write) ? Libc.EpollOut : 0);

    private static int Checked(int result, string call) =>
        result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError(), $"{call} failed");

    private int TakeToken()
    {
        if (_free.TryPop(out int token)) return token;
        if (_used == _registrations.Length) Array.Resize(ref _registrations, _used * 2);
        return _used++;
    }

    private void Control(int operation, int fd, int events, ulong data)
    {
        byte* entry = stackalloc byte[16];
        var span = new Span<byte>(entry, 16);
        MemoryMarshal.Write(span, in events);
        MemoryMarshal.Write(span[DataOffset..], in data);
        if (Libc.EpollControl(_epoll, operation, fd, entry) < 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"epoll_ctl failed for descriptor {fd}");
    }

    private struct Registration
    {
        public IReadinessHandler? Handler;
        public uint Generation;
    }
}
