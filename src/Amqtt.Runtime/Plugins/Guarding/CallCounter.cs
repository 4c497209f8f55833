using System.Runtime.InteropServices;

namespace Amqtt.Runtime.Plugins;

/// <summary>Counts calls from many threads, each in a cell that it seldom shares: the event loops must not pass one cache line around.</summary>
internal sealed class CallCounter
{
    private const int Cells = 32;

    private readonly Cell[] _cells = new Cell[Cells];

    /// <summary>All calls.</summary>
    public long Total
    {
        get
        {
            long total = 0;
            foreach (ref var cell in _cells.AsSpan()) total += Volatile.Read(ref cell.Count) + Volatile.Read(ref cell.Others);
            return total;
        }
    }

    /// <summary>Counts one, and returns how many this cell has now: a thread's own measure for taking samples.</summary>
    public long Add()
    {
        var thread = Environment.CurrentManagedThreadId;
        ref var cell = ref _cells[thread & (Cells - 1)];
        // The first thread to come has the cell to itself, without an interlocked operation; the others count beside it.
        if (cell.Owner == thread || (cell.Owner == 0 && Interlocked.CompareExchange(ref cell.Owner, thread, 0) == 0)) return ++cell.Count;
        return Interlocked.Increment(ref cell.Others);
    }

    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct Cell
    {
        public int Owner;
        public long Count;
        public long Others;
    }
}
