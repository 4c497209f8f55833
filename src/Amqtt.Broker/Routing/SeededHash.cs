using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Amqtt.Broker.Routing;

/// <summary>
/// A hash for topics and topic levels. Its secrets are drawn when the process starts, so that no client can choose names that
/// collide. It folds 128-bit products as wyhash does.
/// </summary>
internal static class SeededHash
{
    private static readonly ulong Secret0 = Draw();
    private static readonly ulong Secret1 = Draw();

    /// <summary>The hash of <paramref name="bytes"/>, good in all its 64 bits.</summary>
    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        var state = Secret0;
        ulong a, b;
        if (bytes.Length <= 16)
        {
            (a, b) = bytes.Length switch
            {
                >= 8 => (Read8(bytes), Read8(bytes[^8..])),
                >= 4 => (Read4(bytes), Read4(bytes[^4..])),
                > 0 => (((ulong)bytes[0] << 16) | ((ulong)bytes[bytes.Length >> 1] << 8) | bytes[^1], 0UL),
                _ => (0UL, 0UL),
            };
        }
        else
        {
            var rest = bytes;
            for (; rest.Length > 16; rest = rest[16..])
                state = Fold(Read8(rest) ^ Secret1, Read8(rest[8..]) ^ state);
            a = Read8(bytes[^16..]);
            b = Read8(bytes[^8..]);
        }

        var high = Math.BigMul(a ^ Secret1, b ^ state, out var low);
        return Fold(low ^ Secret0 ^ (ulong)bytes.Length, high ^ Secret1);
    }

    private static ulong Fold(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return high ^ low;
    }

    // The order of bytes does not matter here; the plain read is the fast one.
    private static ulong Read8(ReadOnlySpan<byte> bytes) => MemoryMarshal.Read<ulong>(bytes);

    private static ulong Read4(ReadOnlySpan<byte> bytes) => MemoryMarshal.Read<uint>(bytes);

    private static ulong Draw()
    {
        Span<byte> random = stackalloc byte[8];
        RandomNumberGenerator.Fill(random);
        return BinaryPrimitives.ReadUInt64LittleEndian(random);
    }
}
