using System.Numerics;

namespace Amqtt.Broker.Transport;

/// <summary>
/// The buffers of one loop, in four size classes. Output is borrowed while there is something to write and given back when it
/// has been written, so that an idle connection holds none. Loop thread only; arrays may move between loops.
/// </summary>
internal sealed class BufferPool
{
    /// <summary>The smallest class.</summary>
    public const int SmallestSize = 16 * 1024;

    private const int LargestSize = 1024 * 1024;

    // What is kept: 4 MiB of 16 KiB, 4 MiB of 64 KiB, 4 MiB of 256 KiB and 4 MiB of 1 MiB.
    private static readonly int[] Kept = [256, 64, 16, 4];

    private readonly Stack<byte[]>[] _classes = [new(), new(), new(), new()];

    /// <summary>An array of at least <paramref name="size"/> bytes; above 1 MiB one of exactly that size, which is not kept.</summary>
    public byte[] Rent(int size)
    {
        if (size > LargestSize) return GC.AllocateUninitializedArray<byte>(size);
        int index = ClassOf(size);
        return _classes[index].TryPop(out byte[]? buffer) ? buffer : GC.AllocateUninitializedArray<byte>(SmallestSize << (2 * index));
    }

    /// <summary>Takes an array back that <see cref="Rent"/> of any loop gave.</summary>
    public void Return(byte[] buffer)
    {
        if (buffer.Length > LargestSize) return;
        int index = ClassOf(buffer.Length);
        if (_classes[index].Count < Kept[index]) _classes[index].Push(buffer);
    }

    private static int ClassOf(int size)
    {
        int blocks = (size - 1) / SmallestSize; // 0 for the smallest class
        return blocks <= 0 ? 0 : (BitOperations.Log2((uint)blocks) / 2) + 1;
    }
}
