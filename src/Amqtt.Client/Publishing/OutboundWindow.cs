using System.Diagnostics.CodeAnalysis;

namespace Amqtt.Client.Publishing;

/// <summary>What holds packet identifiers, as a ring indexed by them. Identifiers go round, so that one just freed is used last [MQTT-2.2.1-3]. Not thread-safe.</summary>
internal sealed class OutboundWindow
{
    private InFlight?[] _slots = new InFlight?[64];
    private ushort _last;
    private long _sequence;

    public int Count { get; private set; }

    /// <summary>Gives it a free identifier. The caller makes sure that there is one.</summary>
    public void Add(InFlight entry)
    {
        if (Count >= _slots.Length / 2 && _slots.Length < 65_536)
            Enlarge();
        do
        {
            if (++_last == 0)
                _last = 1;
        }
        while (_slots[_last & (_slots.Length - 1)] is not null);
        entry.PacketId = _last;
        entry.Sequence = ++_sequence;
        _slots[_last & (_slots.Length - 1)] = entry;
        Count++;
    }

    public bool TryFind(ushort packetId, [NotNullWhen(true)] out InFlight? entry)
    {
        entry = _slots[packetId & (_slots.Length - 1)];
        if (entry is not null && entry.PacketId == packetId)
            return true;
        entry = null;
        return false;
    }

    public void Remove(InFlight entry)
    {
        _slots[entry.PacketId & (_slots.Length - 1)] = null;
        Count--;
    }

    /// <summary>Everything, in the order in which it was sent first [MQTT-4.6.0-1].</summary>
    public List<InFlight> InOrder()
    {
        var all = new List<InFlight>(Count);
        foreach (var slot in _slots)
        {
            if (slot is not null)
                all.Add(slot);
        }

        all.Sort(static (a, b) => a.Sequence.CompareTo(b.Sequence));
        return all;
    }

    private void Enlarge()
    {
        var larger = new InFlight?[_slots.Length * 2];
        foreach (var slot in _slots)
        {
            if (slot is not null)
                larger[slot.PacketId & (larger.Length - 1)] = slot;
        }

        _slots = larger;
    }
}
