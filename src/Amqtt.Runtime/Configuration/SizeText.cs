using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Amqtt.Runtime.Configuration;

/// <summary>Sizes in bytes as people write them: <c>64KiB</c>, <c>1.5MiB</c>, <c>10MB</c>, <c>512</c>.</summary>
internal static class SizeText
{
    private static readonly (string Unit, long Bytes)[] Units =
    [
        ("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000), ("B", 1),
    ];

    /// <summary>Reads a number with a unit. A number without one is no matter of this class.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out decimal? bytes)
    {
        bytes = null;
        foreach (var (unit, factor) in Units)
        {
            if (!text.EndsWith(unit, StringComparison.OrdinalIgnoreCase))
                continue;
            if (!decimal.TryParse(text.AsSpan(0, text.Length - unit.Length).TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                || number > long.MaxValue)
                return false;
            bytes = decimal.Truncate(number * factor);
            return true;
        }

        return false;
    }

    /// <summary>The shortest exact form with a binary unit.</summary>
    public static string Format(long bytes)
    {
        foreach (var (unit, factor) in Units.AsSpan(0, 3))
        {
            if (bytes >= factor && bytes % factor == 0)
                return string.Create(CultureInfo.InvariantCulture, $"{bytes / factor}{unit}");
        }

        return bytes.ToString(CultureInfo.InvariantCulture);
    }
}
