namespace Amqtt.Testing;

/// <summary>Bytes as people write them: <c>"10 0C 00 04"</c>.</summary>
public static class Hex
{
    private const int MostToShow = 64;

    /// <summary>The bytes written in <paramref name="hex"/>; white space is ignored.</summary>
    public static byte[] Parse(string hex) => Convert.FromHexString(string.Concat(hex.Where(c => !char.IsWhiteSpace(c))));

    /// <summary>The first bytes, and how many there are when that is not all of them.</summary>
    public static string Format(ReadOnlySpan<byte> bytes)
    {
        var shown = Convert.ToHexString(bytes[..Math.Min(bytes.Length, MostToShow)]);
        var spaced = string.Join(' ', shown.Chunk(2).Select(pair => new string(pair)));
        return bytes.Length <= MostToShow ? spaced : $"{spaced} ... ({bytes.Length} bytes)";
    }
}
