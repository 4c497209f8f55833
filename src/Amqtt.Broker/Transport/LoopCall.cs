namespace Amqtt.Broker.Transport;

/// <summary>A function that runs on a loop for somebody who waits for its result elsewhere.</summary>
/// <param name="function">What to do.</param>
/// <param name="whenStopped">The result if the loop has ended.</param>
internal sealed class LoopCall<T>(Func<T> function, T whenStopped) : LoopWork
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The result, on the thread pool: whoever waits must not go on within the loop's round.</summary>
    public Task<T> Result => _done.Task;

    /// <inheritdoc/>
    public override void Run(EventLoop loop)
    {
        try
        {
            _done.SetResult(function());
        }
        catch (Exception fault)
        {
            _done.SetException(fault);
        }
    }

    /// <inheritdoc/>
    public override void Abandon() => _done.TrySetResult(whenStopped);
}
