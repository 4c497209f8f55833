namespace Amqtt.Broker.Transport;

/// <summary>What a descriptor is ready for.</summary>
[Flags]
internal enum Readiness
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A read would not block; also set when the peer closed or the socket failed, which the read then tells.</summary>
    Read = 1,

    /// <summary>A write would not block.</summary>
    Write = 2,
}

/// <summary>Something that waits for a descriptor on a loop.</summary>
internal interface IReadinessHandler
{
    /// <summary>Called on the loop, at most once a round, when the descriptor is ready.</summary>
    void OnReady(Readiness readiness);
}

/// <summary>
/// How a loop waits. The seam exists because only Linux has epoll: elsewhere every channel is a
/// <see cref="StreamChannel"/> and a loop waits for posted work alone.
/// </summary>
internal abstract class Poller : IDisposable
{
    /// <summary>Whether descriptors can be watched at all.</summary>
    public abstract bool WatchesDescriptors { get; }

    /// <summary>The poller of this platform.</summary>
    public static Poller Create() => OperatingSystem.IsLinux() ? new EpollPoller() : new SignalPoller();

    /// <summary>Waits for readiness or <see cref="Wake"/>; returns how many descriptors are ready. Loop thread only.</summary>
    public abstract int Wait(bool block);

    /// <summary>Calls the handlers of the <paramref name="count"/> descriptors that <see cref="Wait"/> found ready. Loop thread only.</summary>
    public abstract void Dispatch(int count);

    /// <summary>Ends a <see cref="Wait"/> that is under way, or the next one. Any thread.</summary>
    public abstract void Wake();

    /// <summary>Starts watching; the returned token names the registration. Loop thread only.</summary>
    public abstract int Watch(int fd, IReadinessHandler handler, Readiness readiness, bool exclusive = false);

    /// <summary>Changes what is watched for. Loop thread only.</summary>
    public abstract void Change(int fd, int token, Readiness readiness);

    /// <summary>Stops watching; events already fetched for it are not dispatched any more. Loop thread only.</summary>
    public abstract void Unwatch(int fd, int token);

    /// <inheritdoc/>
    public abstract void Dispose();
}
