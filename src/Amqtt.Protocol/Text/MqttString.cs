using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace Amqtt.Protocol;

/// <summary>
/// The rules for text on the wire (section 1.5.4). Beyond what the specification forbids (ill-formed UTF-8, U+0000) it
/// refuses what a receiver may refuse: U+0001 to U+001F, U+007F to U+009F and the Unicode non-characters. If a broker let them pass,
/// a publisher could knock strict subscribers off.
/// </summary>
public static class MqttString
{
    private static readonly SearchValues<byte> Printable = SearchValues.Create(PrintableAscii());

    /// <summary>Whether the bytes are an acceptable UTF-8 string of at most 65,535 bytes [MQTT-1.5.4-1, MQTT-1.5.4-2]. An empty one is.</summary>
    public static bool IsValid(ReadOnlySpan<byte> utf8)
    {
        var special = utf8.IndexOfAnyExcept(Printable);
        return utf8.Length <= Wire.MaxFieldLength && (special < 0 || IsValidFrom(utf8, special));
    }

    /// <summary>Whether the text is acceptable: no lone surrogate, none of the forbidden characters, at most 65,535 bytes as UTF-8.</summary>
    public static bool IsValid(ReadOnlySpan<char> text)
    {
        if (text.Length > Wire.MaxFieldLength) return false;
        var utf8Length = 0;
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out var rune, out var consumed) != OperationStatus.Done || IsForbidden(rune.Value)) return false;
            utf8Length += rune.Utf8SequenceLength;
            text = text[consumed..];
        }

        return utf8Length <= Wire.MaxFieldLength;
    }

    /// <summary>All printable ASCII characters but the given ones.</summary>
    internal static byte[] PrintableAscii(params ReadOnlySpan<byte> except)
    {
        var bytes = new List<byte>();
        for (byte b = 0x20; b < 0x7F; b++)
        {
            if (!except.Contains(b)) bytes.Add(b);
        }

        return [.. bytes];
    }

    /// <summary>Goes on character by character where the vectorised search stopped; everything before <paramref name="start"/> is good.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static bool IsValidFrom(ReadOnlySpan<byte> utf8, int start)
    {
        var rest = utf8[start..];
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(rest, out var rune, out var consumed) != OperationStatus.Done || IsForbidden(rune.Value)) return false;
            rest = rest[consumed..];
        }

        return true;
    }

    private static bool IsForbidden(int character) =>
        character < 0x20
        || (character - 0x7F) is >= 0 and <= 0x9F - 0x7F
        || (character - 0xFDD0) is >= 0 and <= 0xFDEF - 0xFDD0
        || (character & 0xFFFE) == 0xFFFE;
}
