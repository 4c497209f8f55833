namespace Amqtt.Interop.Tests.Hostile;

/// <summary>Makes bytes that no client should send. The same number always makes the same bytes, so that a failing one can be looked at.</summary>
internal static class Mutator
{
    private const int Seed = 20_261_123;
    private const int MaxLength = 300;

    /// <summary>Random bytes; every second time behind a fixed header whose length is right, so that the body gets looked at.</summary>
    public static byte[] Random(int number)
    {
        var random = new Random(Seed + number);
        var bytes = new byte[random.Next(1, MaxLength)];
        random.NextBytes(bytes);
        if (number % 2 == 0 && bytes.Length >= 2)
        {
            bytes[0] = (byte)(random.Next(1, 16) << 4 | (random.Next(4) == 0 ? random.Next(16) : 2));
            bytes[1] = (byte)Math.Min(bytes.Length - 2, 127);
        }

        return bytes;
    }

    /// <summary>A valid packet after one to four changes.</summary>
    public static byte[] Mutate(IReadOnlyList<byte[]> packets, int number)
    {
        var random = new Random(Seed - number);
        var bytes = packets[random.Next(packets.Count)].ToList();
        for (var changes = random.Next(1, 5); changes > 0 && bytes.Count > 0; changes--)
            Change(bytes, packets, random);
        return [.. bytes];
    }

    private static void Change(List<byte> bytes, IReadOnlyList<byte[]> packets, Random random)
    {
        var at = random.Next(bytes.Count);
        switch (random.Next(8))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes[at] = random.Next(2) == 0 ? byte.MinValue : byte.MaxValue;
                break;
            case 3:
                bytes.RemoveRange(at, Math.Min(random.Next(1, 5), bytes.Count - at));
                break;
            case 4:
                bytes.InsertRange(at, Enumerable.Range(0, random.Next(1, 9)).Select(_ => (byte)random.Next(256)));
                break;
            case 5: // The remaining length is wrong, up to the largest there is.
                bytes.RemoveRange(Math.Min(1, bytes.Count - 1), Math.Min(1, bytes.Count - 1));
                bytes.AddRange(Enumerable.Repeat((byte)random.Next(256), random.Next(8)));
                bytes.InsertRange(Math.Min(1, bytes.Count), random.Next(2) == 0 ? [0xFF, 0xFF, 0xFF, 0x7F] : [(byte)random.Next(128)]);
                break;
            case 6:
                bytes.AddRange(bytes.GetRange(at, bytes.Count - at));
                break;
            default:
                bytes.AddRange(packets[random.Next(packets.Count)]);
                break;
        }
    }
}
