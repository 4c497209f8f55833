using System.Text;
using Amqtt.Protocol;

namespace Amqtt.Client.Publishing;

/// <summary>A topic that was published to: checked and encoded once.</summary>
internal sealed class TopicEntry(string text, byte[] utf8)
{
    public string Text => text;

    public byte[] Utf8 => utf8;

    /// <summary>How often it was sent on the connection of <see cref="Epoch"/>, and the alias it has there; the client's gate guards all three.</summary>
    public int Uses { get; set; }

    public ushort Alias { get; set; }

    public int Epoch { get; set; }
}

/// <summary>Remembers the last topics, so that publishing again to one of them neither checks nor encodes it again. Bounded; safe on any thread.</summary>
internal sealed class TopicCache
{
    private const int Slots = 512;
    private const int LongestCached = 512;
    private readonly TopicEntry?[] _slots = new TopicEntry?[Slots];

    /// <exception cref="MqttException">It is no topic name.</exception>
    public TopicEntry Get(string topic)
    {
        ref var slot = ref _slots[topic.GetHashCode(StringComparison.Ordinal) & (Slots - 1)];
        if (Volatile.Read(ref slot) is { } known && known.Text == topic)
            return known;
        if (!TopicName.IsValid(topic))
            throw new MqttException($"'{Amqtt.Plugins.LogText.Escape(topic)}' is no topic name: it has 1 to 65,535 bytes, no wildcards and no control characters.");
        var entry = new TopicEntry(topic, Encoding.UTF8.GetBytes(topic));
        if (topic.Length <= LongestCached)
            Volatile.Write(ref slot, entry);
        return entry;
    }
}
