namespace Amqtt.Client.Connections;

/// <summary>One time-out over several waits.</summary>
internal sealed class Limit : IDisposable
{
    private readonly CancellationTokenSource? _timeout;
    private readonly CancellationTokenSource? _either;
    private readonly CancellationToken _caller;
    private readonly TimeSpan? _patience;

    public Limit(TimeSpan? patience, TimeProvider time, CancellationToken caller)
    {
        _caller = caller;
        _patience = patience;
        if (patience is not { } limit)
            return;
        _timeout = new(limit, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(caller, _timeout.Token);
    }

    public CancellationToken Token => _either?.Token ?? _caller;

    /// <exception cref="TimeoutException">The time is up.</exception>
    public async ValueTask<T> Run<T>(Func<CancellationToken, ValueTask<T>> call)
    {
        try
        {
            var pending = call(Token);
            return pending.IsCompleted ? await pending : await pending.AsTask().WaitAsync(Token);
        }
        catch (OperationCanceledException cancelled) when (_timeout is { IsCancellationRequested: true } && !_caller.IsCancellationRequested)
        {
            throw new TimeoutException($"No answer within {_patience!.Value.TotalSeconds:0.###} s.", cancelled);
        }
    }

    public void Dispose()
    {
        _either?.Dispose();
        _timeout?.Dispose();
    }
}
