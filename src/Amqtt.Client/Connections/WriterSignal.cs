using System.Threading.Tasks.Sources;

namespace Amqtt.Client.Connections;

/// <summary>Lets the one writer of a connection sleep until there is something to write. Waking one that is awake costs a comparison. The client's gate guards all but the waiting.</summary>
internal sealed class WriterSignal : IValueTaskSource, IThreadPoolWorkItem
{
    // The work item is the hop to the pool; the writer goes on in it.
    private ManualResetValueTaskSourceCore<bool> _source = new() { RunContinuationsAsynchronously = false };
    private bool _isAsleep;

    /// <summary>Done when there is something to write; await it once after each <see cref="Sleep"/>, outside the gate.</summary>
    public ValueTask Awake => new(this, _source.Version);

    /// <summary>Goes to sleep.</summary>
    public void Sleep()
    {
        _source.Reset();
        _isAsleep = true;
    }

    /// <summary>Wakes the writer if it sleeps.</summary>
    public void Wake()
    {
        if (!_isAsleep)
            return;
        _isAsleep = false;
        // Not first in this thread's own queue, where it would run before those that are about to publish as well: the more of them it finds, the fewer writes.
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute() => _source.SetResult(true);

    void IValueTaskSource.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
