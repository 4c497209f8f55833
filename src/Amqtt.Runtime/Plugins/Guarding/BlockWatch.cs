namespace Amqtt.Runtime.Plugins;

/// <summary>
/// Notices calls on event loops that do not return. It compares what has begun and ended from one look to the next, so a call pays for it with an addition and no clock.
/// </summary>
/// <remarks>One thread at a time. Where threads share a cell of the counter, a call that blocks is noticed once the others of its cell stand still.</remarks>
internal sealed class BlockWatch(TimeProvider time, CallCounter calls)
{
    private readonly Sight[] _last = new Sight[CallCounter.Slots];

    /// <summary>How long each call has been under way at least that was so at the last look already; each is reported once.</summary>
    public IEnumerable<TimeSpan> Look()
    {
        for (var slot = 0; slot < _last.Length; slot++)
        {
            var (begun, ended) = calls.Progress(slot);
            var last = _last[slot];
            if (ended >= begun)
            {
                _last[slot] = default;
            }
            else if (last.Begun != begun)
            {
                _last[slot] = new(begun, time.GetTimestamp(), IsReported: false);
            }
            else if (!last.IsReported)
            {
                _last[slot] = last with { IsReported = true };
                yield return time.GetElapsedTime(last.Since);
            }
        }
    }

    /// <summary>The last call that had begun and not ended, and since when it has been seen.</summary>
    private readonly record struct Sight(long Begun, long Since, bool IsReported);
}
