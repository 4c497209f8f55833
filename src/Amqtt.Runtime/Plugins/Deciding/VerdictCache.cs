using System.Diagnostics.CodeAnalysis;
using Amqtt.Plugins;
using Amqtt.Protocol;

namespace Amqtt.Runtime.Plugins;

/// <summary>A use of a topic that plugins were asked about.</summary>
internal readonly record struct TopicUse(TopicAction Action, string Topic, QoS QoS, bool Retain, string? ShareName);

/// <summary>The verdicts about one session that plugins let the broker keep. Bounded; any thread.</summary>
internal sealed class VerdictCache
{
    // Beyond this it starts over: a client that uses so many topics gains nothing from it.
    private const int Most = 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<TopicUse, Entry> _entries = [];

    /// <summary>A verdict that is still good.</summary>
    public bool TryFind(in TopicUse use, long generation, long now, [NotNullWhen(true)] out Verdict? verdict)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(use, out var entry) && entry.Generation == generation && now < entry.Until)
            {
                verdict = entry.Verdict;
                return true;
            }
        }

        verdict = null;
        return false;
    }

    public void Keep(in TopicUse use, Verdict verdict, long generation, long until)
    {
        lock (_gate)
        {
            if (_entries.Count >= Most) _entries.Clear();
            _entries[use] = new(verdict, generation, until);
        }
    }

    public void Clear()
    {
        lock (_gate) _entries.Clear();
    }

    private readonly record struct Entry(Verdict Verdict, long Generation, long Until);
}
