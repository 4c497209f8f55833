using System.Runtime.InteropServices;
using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <summary>
/// Keeps one question per calling thread, so that a loop asks without allocating and without touching memory that other loops write.
/// A thread that finds its slot taken does without; thread identifiers are not reused while the thread lives. A question that is out (a hook that asks again, a hook that waits) is simply not there, and a new one is made.
/// </summary>
internal sealed class QuestionPool
{
    private const int Threads = 64;
    private readonly Slot[] _slots = new Slot[Threads];

    public TopicQuestion Rent()
    {
        var thread = Environment.CurrentManagedThreadId;
        ref var slot = ref _slots[thread & (Threads - 1)];
        if (slot.Owner != thread && Interlocked.CompareExchange(ref slot.Owner, thread, 0) != 0) return new();
        if (slot.Question is not { } question) return new() { Slot = thread & (Threads - 1) };
        slot.Question = null;
        return question;
    }

    /// <summary>Only on the thread that rented it, which is the only one that writes its slot.</summary>
    public void Return(TopicQuestion question)
    {
        if (question.Slot >= 0) _slots[question.Slot].Question = question;
    }

    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct Slot
    {
        public int Owner;
        public TopicQuestion? Question;
    }
}
