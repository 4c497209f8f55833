using System.Runtime.InteropServices;
using System.Text;

namespace Amqtt.Client.Subscribing;

/// <summary>A topic that messages came for: its text, and who gets them.</summary>
internal sealed class TopicRoute(byte[] utf8, string topic)
{
    public ReadOnlySpan<byte> Utf8 => utf8;

    public string Topic => topic;

    public MqttSubscription[] Targets { get; set; } = [];

    public int Version { get; set; } = -1;
}

/// <summary>Remembers the last topics of incoming messages, so that another message for one of them makes no string and matches no filter. For the reader of the connection alone.</summary>
internal sealed class TopicRoutes(SubscriptionTable subscriptions)
{
    private const int Slots = 1024;
    private const int LongestCached = 512;
    private readonly TopicRoute?[] _slots = new TopicRoute?[Slots];

    public TopicRoute Find(ReadOnlySpan<byte> topic)
    {
        ref var slot = ref _slots[Hash(topic) & (Slots - 1)];
        if (slot is not { } route || !route.Utf8.SequenceEqual(topic))
        {
            route = new(topic.ToArray(), Encoding.UTF8.GetString(topic));
            if (topic.Length <= LongestCached)
                slot = route;
        }

        return Current(route);
    }

    /// <summary>The route with the subscriptions of now.</summary>
    public TopicRoute Current(TopicRoute route)
    {
        var version = subscriptions.Version;
        if (route.Version != version)
        {
            route.Targets = subscriptions.Match(route.Topic);
            route.Version = version;
        }

        return route;
    }

    // Topics of one broker differ at their ends more than anywhere else. A collision costs a string, nothing more.
    private static int Hash(ReadOnlySpan<byte> topic)
    {
        var hash = (uint)topic.Length * 2654435761;
        while (topic.Length >= sizeof(uint))
        {
            hash = (hash ^ MemoryMarshal.Read<uint>(topic)) * 2654435761;
            topic = topic[sizeof(uint)..];
        }

        foreach (var b in topic)
            hash = (hash ^ b) * 16777619;
        return (int)(hash ^ hash >> 15);
    }
}
