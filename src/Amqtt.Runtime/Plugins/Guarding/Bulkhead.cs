using System.Diagnostics.CodeAnalysis;

namespace Amqtt.Runtime.Plugins;

/// <summary>Bounds how many calls of one plugin are under way (<c>$max_concurrency</c>). Those beyond wait for their turn, within their own time-out.</summary>
[SuppressMessage("Reliability", "CA1001", Justification = "A semaphore whose wait handle nobody asks for holds nothing to release.")]
internal sealed class Bulkhead(int places)
{
    private readonly SemaphoreSlim _places = new(places, places);

    /// <summary>Takes a place, if one becomes free in time.</summary>
    public async ValueTask<bool> EnterAsync(TimeSpan patience, TimeProvider time, CancellationToken cancel)
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var turn = _places.WaitAsync(giveUp.Token);
        if (await TimeLimit.WaitAsync(turn, patience, time, cancel)) return turn.IsCompletedSuccessfully;
        await giveUp.CancelAsync();
        await ((Task)turn).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return turn.IsCompletedSuccessfully; // a place that came at the last moment is taken
    }

    /// <summary>Gives the place back when the call has really ended, not when nobody waits for it any more.</summary>
    public void LeaveWhenDone(Task call)
    {
        if (call.IsCompleted) _places.Release();
        else _ = call.ContinueWith(static (_, places) => ((SemaphoreSlim)places!).Release(), _places, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Gives back a place in which nothing was called.</summary>
    public void Leave() => _places.Release();
}
