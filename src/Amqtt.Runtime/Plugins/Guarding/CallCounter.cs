using System.Diagnostics;
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
    public void Add() => Begin(Environment.CurrentManagedThreadId).End();

    /// <summary>Counts one that runs on this thread, until its end.</summary>
    /// <param name="thread">The thread's identifier. Whoever calls often knows it: to ask for it costs more than to count.</param>
    public Running Begin(int thread)
    {
        Debug.Assert(thread == Environment.CurrentManagedThreadId, "Two threads would write one cell.");
        ref var cell = ref _cells[thread & (Cells - 1)];
        // The first thread to come has the cell to itself, without an interlocked operation; the others count beside it.
        var isOwner = cell.Owner == thread || (cell.Owner == 0 && Interlocked.CompareExchange(ref cell.Owner, thread, 0) == 0);
        if (isOwner) cell.Count++;
        else Interlocked.Increment(ref cell.Others);
        return new(ref cell, isOwner);
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

        internal Running(ref Cell cell, bool isOwner)
        {
            _cell = ref cell;
            _isOwner = isOwner;
        }

        /// <summary>Whether it is the first of its cell at this time: by a clock that moves in steps, at most one call of each step.</summary>
        public bool IsFirstAt(long milliseconds)
        {
            if (_cell.Latest == milliseconds) return false;
            _cell.Latest = milliseconds;
            return true;
        }

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
        public long Latest;
    }
}
