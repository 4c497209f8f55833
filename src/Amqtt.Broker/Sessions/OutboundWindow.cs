using System.Numerics;
using Amqtt.Broker.Routing;
using Amqtt.Protocol;

namespace Amqtt.Broker.Sessions;

/// <summary>What a delivery in flight waits for.</summary>
internal enum InflightState : byte
{
    /// <summary>The place is free.</summary>
    Free,

    /// <summary>QoS 1: PUBACK.</summary>
    PubAck,

    /// <summary>QoS 2: PUBREC.</summary>
    PubRec,

    /// <summary>QoS 2: PUBCOMP; the message itself is the receiver's now [MQTT-4.3.3-6].</summary>
    PubComp,
}

/// <summary>One delivery in flight.</summary>
internal struct InflightSlot
{
    /// <summary>The delivery, for sending it again and for events; without a message in a session that ends with its connection.</summary>
    public QueuedMessage Delivery;

    /// <summary>Order of first sending [MQTT-4.6.0-1].</summary>
    public long Sequence;

    /// <summary>When it was sent last, in loop milliseconds.</summary>
    public long SentAt;

    /// <summary>Its packet identifier.</summary>
    public ushort PacketId;

    /// <summary>What it waits for.</summary>
    public InflightState State;
}

/// <summary>
/// The unacknowledged deliveries of one session: a ring indexed by the packet identifier, so that taking one and acknowledging it cost an array access each.
/// </summary>
internal sealed class OutboundWindow
{
    private const int SmallestCapacity = 8;
    private const int MostIdentifiers = 65536;

    private InflightSlot[] _slots = new InflightSlot[SmallestCapacity];
    private ushort _lastId;
    private long _sequence;

    /// <summary>Deliveries in flight.</summary>
    public int Count { get; private set; }

    /// <summary>Takes the next free packet identifier, never one in flight and never 0 [MQTT-2.2.1-4]. The caller has checked that there is room.</summary>
    public ref InflightSlot Take(InflightState state, long now)
    {
        // At most half full: a free place is a step or two away, whatever is left unacknowledged.
        if (Count * 2 >= _slots.Length && _slots.Length < MostIdentifiers) Grow();
        while (true)
        {
            _lastId++;
            ref InflightSlot slot = ref _slots[_lastId & (_slots.Length - 1)];
            if (_lastId == 0 || slot.State != InflightState.Free) continue;
            slot.PacketId = _lastId;
            slot.State = state;
            slot.Sequence = _sequence++;
            slot.SentAt = now;
            Count++;
            return ref slot;
        }
    }

    /// <summary>The delivery in flight with this identifier; false if there is none.</summary>
    public bool TryFind(ushort packetId, out int index)
    {
        index = packetId & (_slots.Length - 1);
        return _slots[index].State != InflightState.Free && _slots[index].PacketId == packetId;
    }

    /// <summary>The place found by <see cref="TryFind"/>.</summary>
    public ref InflightSlot At(int index) => ref _slots[index];

    /// <summary>Frees the place; its identifier may be used again.</summary>
    public void Free(int index)
    {
        _slots[index] = default;
        Count--;
    }

    /// <summary>The places in use, in the order of first sending. For a resumed session; not for every message.</summary>
    public int[] InOrder()
    {
        var used = new List<int>(Count);
        for (int i = 0; i < _slots.Length; i++)
        {
            if (_slots[i].State != InflightState.Free) used.Add(i);
        }

        used.Sort((a, b) => _slots[a].Sequence.CompareTo(_slots[b].Sequence));
        return [.. used];
    }

    /// <summary>The longest that any delivery has been waiting, or 0.</summary>
    public long OldestSentAt()
    {
        long oldest = long.MaxValue;
        foreach (ref InflightSlot slot in _slots.AsSpan())
        {
            if (slot.State != InflightState.Free) oldest = Math.Min(oldest, slot.SentAt);
        }

        return oldest;
    }

    private void Grow()
    {
        // Two identifiers that differ in the smaller ring differ in the larger one.
        var larger = new InflightSlot[(int)BitOperations.RoundUpToPowerOf2((uint)_slots.Length * 2)];
        foreach (InflightSlot slot in _slots)
        {
            if (slot.State != InflightState.Free) larger[slot.PacketId & (larger.Length - 1)] = slot;
        }

        _slots = larger;
    }
}
