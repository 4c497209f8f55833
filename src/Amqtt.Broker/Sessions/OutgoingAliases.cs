using Amqtt.Broker.Routing;

namespace Amqtt.Broker.Sessions;

/// <summary>
/// The numbers that stand for topics in what one connection is sent, for a client that takes them (section 3.3.2.3.4). A topic has four places it may take; once all
/// are taken it needs to be the last one in demand there, so that many topics do not push each other out. On the session's loop.
/// </summary>
/// <param name="maximum">What the client takes, or less [MQTT-3.3.2-11].</param>
/// <param name="maxBytes">Most bytes of topics to remember.</param>
internal sealed class OutgoingAliases(int maximum, int maxBytes)
{
    private const int MostUseful = 1024;
    private const int PlacesOfTopic = 4;
    private const int PropertyLength = 1 + sizeof(ushort);

    private readonly Entry[] _entries = new Entry[Math.Min(maximum, MostUseful)];
    private int _bytes;

    /// <summary>The alias to send a topic with; 0 for none.</summary>
    /// <param name="topic">The topic, UTF-8.</param>
    /// <param name="isKnown">Whether the client has it already, so that the topic itself is left out; otherwise it is to be <see cref="Set"/> once it is sent.</param>
    public ushort Find(ReadOnlySpan<byte> topic, out bool isKnown)
    {
        isKnown = false;
        if (topic.Length <= PropertyLength) return 0; // nothing to gain
        ulong hash = SeededHash.Of(topic);
        int home = (int)(hash % (ulong)_entries.Length);
        int free = -1;
        for (int i = 0; i < Math.Min(PlacesOfTopic, _entries.Length); i++)
        {
            int at = (home + i) % _entries.Length;
            ref Entry entry = ref _entries[at];
            if (entry.Topic is null)
            {
                if (free < 0) free = at;
            }
            else if (entry.Hash == hash && topic.SequenceEqual(entry.Topic))
            {
                entry.Rival = 0;
                isKnown = true;
                return (ushort)(at + 1);
            }
        }

        if (free < 0 && _entries[home].Rival == hash) free = home;
        if (free >= 0 && _bytes + topic.Length - (_entries[free].Topic?.Length ?? 0) <= maxBytes) return (ushort)(free + 1);
        _entries[home].Rival = hash;
        return 0;
    }

    /// <summary>The client has been told what an alias stands for from now on.</summary>
    public void Set(ushort alias, ReadOnlySpan<byte> topic)
    {
        ref Entry entry = ref _entries[alias - 1];
        _bytes += topic.Length - (entry.Topic?.Length ?? 0);
        entry = new Entry { Topic = topic.ToArray(), Hash = SeededHash.Of(topic) };
    }

    private struct Entry
    {
        public byte[]? Topic;
        public ulong Hash;
        public ulong Rival; // the hash of the topic that was last refused the place
    }
}
