using System.Diagnostics.CodeAnalysis;

namespace Amqtt.Broker.Routing;

/// <summary>
/// A walk over the retained messages whose topics match a filter, paced by its user: it stops after each message and goes on
/// whenever it is asked, while others change the store. A message that is there from the beginning to the end is met once;
/// one that comes or goes meanwhile may be met or not. Used by one thread at a time.
/// </summary>
internal sealed class RetainedCursor
{
    /// <summary>How many nodes one call looks at, so that a filter that matches little in a large store does not hold up its loop.</summary>
    private const int NodesPerCall = 4096;

    private readonly RetainedStore _store;
    private readonly byte[] _filter;
    private readonly Level[] _levels;
    private readonly bool _includeDollar;
    private readonly Stack<Frame> _frames = new();

    internal RetainedCursor(RetainedStore store, byte[] filter, bool includeDollar)
    {
        _store = store;
        _filter = filter;
        _levels = LevelsOf(filter);
        _includeDollar = includeDollar;
        _frames.Push(new([store.Root], Next: 0, Level: 0, SkipDollar: false));
    }

    /// <summary>Whether nothing is left to take.</summary>
    public bool IsFinished => _frames.Count == 0;

    /// <summary>Nodes visited so far. For tests.</summary>
    internal int Visited { get; private set; }

    /// <summary>Takes the next message that has not expired; expired ones that it meets are removed from the store.</summary>
    /// <param name="now">Milliseconds of the broker's clock.</param>
    /// <param name="message">The message.</param>
    /// <returns>
    /// False when <see cref="IsFinished"/>, and when a long stretch of the store held nothing: then call again in a later round.
    /// </returns>
    public bool TryNext(long now, [NotNullWhen(true)] out Message? message)
    {
        int nodes = NodesPerCall;
        return TryNext(now, ref nodes, out message);
    }

    /// <inheritdoc cref="TryNext(long, out Message?)"/>
    /// <param name="now">Milliseconds of the broker's clock.</param>
    /// <param name="nodes">How many nodes it may look at; becomes how many are left.</param>
    /// <param name="message">The message.</param>
    public bool TryNext(long now, ref int nodes, [NotNullWhen(true)] out Message? message)
    {
        for (; nodes > 0 && _frames.TryPop(out var frame);)
        {
            nodes--;
            Visited++;
            if (frame.Next + 1 < frame.Nodes.Length)
                _frames.Push(frame with { Next = frame.Next + 1 });
            if (frame.Nodes[frame.Next] is not { IsRemoved: false } node || (frame.SkipDollar && node.Level is [(byte)'$', ..]))
                continue;
            if (Enter(node, frame.Level) is not { } end || end.Message is not { } found)
                continue;
            if (!found.IsExpired(now))
            {
                message = found;
                return true;
            }

            _store.Remove(end, found);
        }

        message = null;
        return false;
    }

    /// <summary>
    /// Goes on from a node that the filter leads to: along levels that are written out, until a wildcard leaves a choice, which
    /// is put on the stack, or the filter ends.
    /// </summary>
    /// <returns>The node whose topic the filter matches; null when there is none or none yet.</returns>
    private RetainedNode? Enter(RetainedNode node, int level)
    {
        for (; level < _levels.Length && !_levels[level].IsWildcard; level++)
        {
            if (node.Child(_levels[level].Hash, _filter.AsSpan(_levels[level].Range)) is not { } child)
                return null;
            node = child;
        }

        if (level == _levels.Length)
            return node;
        var isRest = _filter[_levels[level].Range.Start] == (byte)'#';

        // Wildcards that begin a filter leave topics that begin with $ alone [MQTT-4.7.2-1].
        if (node.Children is { } children)
            _frames.Push(new(children.Slots, Next: 0, isRest ? level : level + 1, SkipDollar: node.Parent is null && !_includeDollar));
        return isRest ? node : null; // "a/#" matches "a", section 4.7.1.2
    }

    private static Level[] LevelsOf(ReadOnlySpan<byte> filter)
    {
        var levels = new Level[filter.Count((byte)'/') + 1];
        var i = 0;
        foreach (var range in filter.Split((byte)'/'))
        {
            var level = filter[range];
            levels[i++] = new(range, SeededHash.Of(level), level is [(byte)'+' or (byte)'#']);
        }

        return levels;
    }

    private readonly record struct Level(Range Range, ulong Hash, bool IsWildcard);

    /// <summary>Nodes to enter, from <see cref="Next"/> on, that have matched the filter up to <see cref="Level"/>.</summary>
    private readonly record struct Frame(RetainedNode?[] Nodes, int Next, int Level, bool SkipDollar);
}
