namespace Amqtt.Broker.Transport;

/// <summary>Waits for posted work only: Windows and macOS, where sockets are streams.</summary>
internal sealed class SignalPoller : Poller
{
    private readonly AutoResetEvent _signal = new(initialState: false);

    /// <inheritdoc/>
    public override bool WatchesDescriptors => false;

    /// <inheritdoc/>
    public override int Wait(bool block)
    {
        if (block) _signal.WaitOne();
        return 0;
    }

    /// <inheritdoc/>
    public override void Dispatch(int count)
    {
        // Streams come as posted work; there is never a descriptor to dispatch.
    }

    /// <inheritdoc/>
    public override void Wake()
    {
        try
        {
            _signal.Set();
        }
        catch (ObjectDisposedException)
        {
            // Nobody waits any more.
        }
    }

    /// <inheritdoc/>
    public override int Watch(int fd, IReadinessHandler handler, Readiness readiness, bool exclusive = false) => throw NoDescriptors();

    /// <inheritdoc/>
    public override void Change(int fd, int token, Readiness readiness) => throw NoDescriptors();

    /// <inheritdoc/>
    public override void Unwatch(int fd, int token) => throw NoDescriptors();

    /// <inheritdoc/>
    public override void Dispose() => _signal.Dispose();

    private static PlatformNotSupportedException NoDescriptors() => new("descriptors are watched on Linux only; use a StreamChannel");
}
