using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace Amqtt.Fuzz;

/// <summary>
/// What is instrumented and runs until this is disposed is no part of the attack: the fuzzer does not see it, and sees the same way for the same input. For use while nothing else that is
/// instrumented runs.
/// </summary>
internal readonly unsafe ref struct Unseen : IDisposable
{
    private const nuint MapSize = 64 * 1024;

    private static readonly byte* Nowhere = (byte*)NativeMemory.AllocZeroed(MapSize);

    private readonly byte* _map;
    private readonly int _location;

    private Unseen(byte* map, int location)
    {
        _map = map;
        _location = location;
    }

    public static Unseen Begin()
    {
        var unseen = new Unseen(Trace.SharedMem, Trace.PrevLocation);
        Trace.SharedMem = Nowhere;
        return unseen;
    }

    public void Dispose()
    {
        Trace.SharedMem = _map;
        Trace.PrevLocation = _location;
    }
}
