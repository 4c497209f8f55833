using System.Globalization;
using System.Text;

namespace Amqtt.Plugins;

/// <summary>Makes text that came from the network safe to print.</summary>
public static class LogText
{
    /// <summary>
    /// Escapes what could forge a log line or mislead a reader or a terminal: control characters, line and paragraph separators,
    /// bidirectional controls and lone surrogates become <c>\r</c>, <c>\n</c>, <c>\t</c> or <c>\uXXXX</c>.
    /// </summary>
    /// <param name="text">The text, for example a client identifier or a topic.</param>
    /// <returns>The same instance if nothing had to be escaped; an empty string for null.</returns>
    public static string Escape(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        var first = IndexOfUnsafe(text, 0);
        if (first < 0) return text;

        var safe = new StringBuilder(text.Length + 16);
        for (var from = 0; ;)
        {
            if (first < 0) return safe.Append(text, from, text.Length - from).ToString();
            safe.Append(text, from, first - from);
            AppendEscaped(safe, text[first]);
            from = first + 1;
            first = IndexOfUnsafe(text, from);
        }
    }

    private static int IndexOfUnsafe(string text, int start)
    {
        for (var i = start; i < text.Length; i++)
        {
            var c = text[i];
            if (c is >= ' ' and < '\x7f') continue;
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1])) i++;
            else if (IsUnsafe(c)) return i;
        }

        return -1;
    }

    private static bool IsUnsafe(char c) => char.IsControl(c) || char.IsSurrogate(c)
        || c is '\u061c' or '\u200e' or '\u200f' or '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069') or '\ufeff';

    private static void AppendEscaped(StringBuilder safe, char c) => _ = c switch
    {
        '\r' => safe.Append(@"\r"),
        '\n' => safe.Append(@"\n"),
        '\t' => safe.Append(@"\t"),
        _ => safe.Append(@"\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture)),
    };
}
