using System.Diagnostics;
using System.Runtime.InteropServices;
using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <summary>
/// Keeps one question per calling thread, so that a loop asks without allocating and without touching memory that other loops write.
/// A thread that finds its slot taken does without; thread identifiers are not reused while the thread lives. Where the question is out (a hook that asks again, a hook that waits), a new one takes its place.
/// </summary>
internal sealed class QuestionPool
{
    private const int Threads = 64;
    private readonly Slot[] _slots = new Slot[Threads];

    /// <param name="thread">The identifier of this thread.</param>
    public TopicQuestion Rent(int thread)
    {
        Debug.Assert(thread == Environment.CurrentManagedThreadId, "Two threads would take one question.");
        ref var slot = ref _slots[thread & (Threads - 1)];
        if (slot.Owner != thread && Interlocked.CompareExchange(ref slot.Owner, thread, 0) != 0) return new();
        if (slot.Question is not { IsOut: false }) slot.Question = new();
        var question = slot.Question;
        question.IsOut = true;
        return question;
    }

    /// <summary>Only on the thread that rented it.</summary>
    public static void Return(TopicQuestion question) => question.IsOut = false;

    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct Slot
    {
        public int Owner;
        public TopicQuestion? Question;
    }
}
