namespace Amqtt.Broker.Sessions;

/// <summary>
/// The packet identifiers of QoS 2 messages that a client has sent and not yet released: a bitmap in pages, because the client chooses the identifiers
/// and only those in use should cost anything.
/// </summary>
internal sealed class InboundIdentifiers
{
    private const int PageBits = 1024;

    private readonly ulong[]?[] _pages = new ulong[65536 / PageBits][];

    /// <summary>Identifiers that await PUBREL.</summary>
    public int Count { get; private set; }

    /// <summary>Whether <paramref name="packetId"/> awaits PUBREL.</summary>
    public bool Contains(ushort packetId) =>
        _pages[packetId / PageBits] is { } page && (page[Word(packetId)] & Bit(packetId)) != 0;

    /// <summary>Remembers <paramref name="packetId"/>; false if it was there [MQTT-4.3.3-10].</summary>
    public bool Add(ushort packetId)
    {
        ulong[] page = _pages[packetId / PageBits] ??= new ulong[PageBits / 64];
        ref ulong word = ref page[Word(packetId)];
        if ((word & Bit(packetId)) != 0) return false;
        word |= Bit(packetId);
        Count++;
        return true;
    }

    /// <summary>Forgets <paramref name="packetId"/>; false if it was not there.</summary>
    public bool Remove(ushort packetId)
    {
        if (!Contains(packetId)) return false;
        _pages[packetId / PageBits]![Word(packetId)] &= ~Bit(packetId);
        Count--;
        return true;
    }

    /// <summary>The identifiers that await PUBREL, in ascending order.</summary>
    public IReadOnlyList<ushort> All()
    {
        var all = new List<ushort>(Count);
        for (int id = 0; id <= ushort.MaxValue && all.Count < Count; id++)
        {
            if (Contains((ushort)id)) all.Add((ushort)id);
        }

        return all;
    }

    private static int Word(ushort packetId) => packetId % PageBits / 64;

    private static ulong Bit(ushort packetId) => 1UL << (packetId % 64);
}
