using Amqtt.Broker.Transport;
using Amqtt.Protocol;

namespace Amqtt.Broker.Routing;

/// <summary>The messages that one loop routed to receivers of another in one round: copied once each, handed over and woken for together.</summary>
internal sealed class LoopBatch(Router origin) : LoopWork
{
    /// <summary>A batch of this size does not wait for the end of the round.</summary>
    public const int LargeSize = 256 * 1024;

    private const int KeptSize = 2 * LargeSize;
    private const int Overhead = 64;

    private readonly List<Entry> _entries = [];
    private readonly List<Channel> _waiting = [];
    private List<Offer>? _offers;
    private byte[] _bytes = [];
    private int _used;

    /// <summary>What it counts against the credit: bytes of messages and an allowance for each.</summary>
    public int Size { get; private set; }

    /// <summary>Adds a message for <paramref name="targets"/>, who all live on the other loop.</summary>
    public void Add(ref Publication publication, Target[] targets)
    {
        Message? kept = publication.Kept;
        int topic = publication.Topic.Length, properties = publication.Properties.Length, payload = publication.Payload.Length;
        _entries.Add(new Entry(
            targets, kept, _used, topic, properties, payload,
            publication.QoS, publication.Retain, publication.ExpiresAt, publication.PublisherClientId, publication.Origin));
        Size += topic + properties + payload + Overhead;
        if (kept is not null) return;
        Span<byte> room = Room(topic + properties + payload);
        publication.Topic.CopyTo(room);
        publication.Properties.CopyTo(room[topic..]);
        publication.Payload.CopyTo(room[(topic + properties)..]);
    }

    /// <summary>Adds a message that other members of a shared group could not take.</summary>
    public void Add(Message message, Subscription member, OtherMembers others)
    {
        (_offers ??= []).Add(new Offer(message, member, others));
        Size += message.Size + Overhead;
    }

    /// <inheritdoc/>
    public override void Run(EventLoop loop)
    {
        Congestion congestion = origin.CongestionOf(loop);
        congestion.TakeReport();
        try
        {
            foreach (Entry entry in _entries) Deliver(entry);
            foreach (Offer offer in _offers ?? []) Deliver(offer);
        }
        finally
        {
            if (congestion.TakeReport() && _waiting.Count > 0) congestion.Park(this);
            else Return();
        }
    }

    /// <summary>A publisher that is not read before this batch has come back.</summary>
    public void Await(Channel publisher) => _waiting.Add(publisher);

    /// <summary>Goes back to where it came from.</summary>
    internal void Return()
    {
        Channel[] waiting = _waiting.Count == 0 ? [] : [.. _waiting];
        _waiting.Clear();
        origin.Returned(this, waiting);
    }

    /// <summary>Empties it for another use.</summary>
    internal void Clear()
    {
        _entries.Clear();
        _offers?.Clear();
        _used = Size = 0;
        if (_bytes.Length > KeptSize) _bytes = [];
    }

    private void Deliver(in Entry entry)
    {
        ReadOnlySpan<byte> bytes = entry.Kept is null ? _bytes.AsSpan(entry.Start) : default;
        Publication publication = entry.Kept is { } kept
            ? new Publication(kept)
            : new Publication(
                bytes[..entry.Topic],
                bytes.Slice(entry.Topic, entry.Properties),
                bytes.Slice(entry.Topic + entry.Properties, entry.Payload),
                entry.QoS,
                entry.Retain,
                entry.ExpiresAt,
                entry.PublisherClientId,
                entry.Origin);
        foreach (ref readonly Target target in entry.Targets.AsSpan()) target.Subscriber.Deliver(ref publication, target);
    }

    private static void Deliver(in Offer offer)
    {
        var publication = new Publication(offer.Message);
        offer.Member.Subscriber.DeliverInstead(ref publication, offer.Member, offer.Others);
    }

    private Span<byte> Room(int size)
    {
        if (_bytes.Length - _used < size) Array.Resize(ref _bytes, Math.Max(_used + size, Math.Max(_bytes.Length * 2, 16 * 1024)));
        Span<byte> room = _bytes.AsSpan(_used, size);
        _used += size;
        return room;
    }

    private readonly record struct Offer(Message Message, Subscription Member, OtherMembers Others);

    private readonly record struct Entry(
        Target[] Targets,
        Message? Kept,
        int Start,
        int Topic,
        int Properties,
        int Payload,
        QoS QoS,
        bool Retain,
        long ExpiresAt,
        string? PublisherClientId,
        PluginOrigin? Origin);
}
