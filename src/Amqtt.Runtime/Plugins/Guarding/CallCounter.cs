using System.Runtime.InteropServices;

namespace Amqtt.Runtime.Plugins;

/// <summary>Counts calls from many threads, each in a cell that it seldom shares: the event loops must not pass one cache line around.</summary>
internal sealed class CallCounter
{
    private const int Cells = 16;

    private readonly Cell[] _cells = new Cell[Cells];

    /// <summary>All calls.</summary>
    public long Total
    {
        get
        {
            long total = 0;
            foreach (ref var cell in _cells.AsSpan()) total += Volatile.Read(ref cell.Count);
            return total;
        }
    }

    /// <summary>Counts one, and returns how many this cell has now: a thread's own measure for taking samples.</summary>
    public long Add() => Interlocked.Increment(ref _cells[Environment.CurrentManagedThreadId & (Cells - 1)].Count);

    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct Cell
    {
        public long Count;
    }
}
