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

    /// <summary>Where calls that run on the thread that asks are counted: for each cell, those of its owner and those of the others.</summary>
    public static int Slots => Cells * 2;

    /// <summary>Counts one that runs elsewhere.</summary>
    public void Add() => Begin().End();

    /// <summary>Counts one that runs on this thread, until its end.</summary>
    public Running Begin()
    {
        var thread = Environment.CurrentManagedThreadId;
        ref var cell = ref _cells[thread & (Cells - 1)];
        // The first thread to come has the cell to itself, without an interlocked operation; the others count beside it.
        if (cell.Owner == thread || (cell.Owner == 0 && Interlocked.CompareExchange(ref cell.Owner, thread, 0) == 0)) return new(ref cell, ++cell.Count, isOwner: true);
        return new(ref cell, Interlocked.Increment(ref cell.Others), isOwner: false);
    }

    /// <summary>How many calls have begun and ended in a slot. Read in passing: the one may be older than the other.</summary>
    public (long Begun, long Ended) Progress(int slot)
    {
        ref var cell = ref _cells[slot / 2];
        return slot % 2 == 0
            ? (Volatile.Read(ref cell.Count), Volatile.Read(ref cell.Ended))
            : (Volatile.Read(ref cell.Others), Volatile.Read(ref cell.OthersEnded));
    }

    /// <summary>A call that runs on this thread.</summary>
    public readonly ref struct Running
    {
        private readonly ref Cell _cell;
        private readonly bool _isOwner;

        internal Running(ref Cell cell, long number, bool isOwner)
        {
            _cell = ref cell;
            _isOwner = isOwner;
            Number = number;
        }

        /// <summary>How many calls this cell has with it: a thread's own measure for taking samples.</summary>
        public long Number { get; }

        /// <summary>It has returned.</summary>
        public void End()
        {
            if (_isOwner) _cell.Ended++;
            else Interlocked.Increment(ref _cell.OthersEnded);
        }
    }

    [StructLayout(LayoutKind.Sequential, Size = 128)]
    internal struct Cell
    {
        public int Owner;
        public long Count;
        public long Ended;
        public long Others;
        public long OthersEnded;
    }
}
