namespace Amqtt.Runtime.Plugins;

/// <summary>
/// Where a deciding or transforming hook is called: on the thread pool at first, on the calling thread (an event loop) once a thousand calls in a row
/// kept their synchronous part under a millisecond, and back on the pool when one passed 100 ms. So a plugin that blocks
/// cannot hold up a loop for long, and one that does not costs no thread switch.
/// </summary>
internal sealed class Promotion
{
    private const int CallsToEarn = 1000;
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(1);

    private int _quickCalls;
    private volatile bool _isEarned;

    public const long TooSlowMilliseconds = 100;

    /// <summary>Whether it can be earned at all (<c>$offload</c> says no).</summary>
    public bool IsPossible { get; init; } = true;

    public bool IsEarned => _isEarned;

    /// <summary>Counts a call on the pool. True: the hook has just earned the calling thread.</summary>
    public bool CountPoolCall(TimeSpan synchronousPart)
    {
        if (!IsPossible) return false;
        if (synchronousPart >= Quick)
        {
            Volatile.Write(ref _quickCalls, 0);
            return false;
        }

        if (Interlocked.Increment(ref _quickCalls) != CallsToEarn) return false;
        _isEarned = true;
        return true;
    }

    /// <summary>Back to the pool, to earn it anew. False if another thread was first.</summary>
    public bool Revoke()
    {
        if (!_isEarned) return false;
        Volatile.Write(ref _quickCalls, 0);
        _isEarned = false;
        return true;
    }
}
