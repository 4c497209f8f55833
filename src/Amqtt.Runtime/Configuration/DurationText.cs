using System.Buffers;
using System.Globalization;
using System.Text;

namespace Amqtt.Runtime.Configuration;

/// <summary>Durations as people write them: <c>5s</c>, <c>1m30s</c>, <c>250ms</c>, <c>7d</c>.</summary>
internal static class DurationText
{
    // Longest first where one is the start of another.
    private static readonly (string Unit, long Ticks)[] Units =
    [
        ("ms", TimeSpan.TicksPerMillisecond), ("d", TimeSpan.TicksPerDay), ("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond),
    ];

    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    /// <summary>Reads numbers with units. A number without one is no matter of this class.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = default;
        decimal ticks = 0;
        text = text.Trim();
        if (text.IsEmpty)
            return false;
        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExcept(NumberCharacters);
            if (digits <= 0 || !decimal.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
                return false;
            text = text[digits..].TrimStart();
            var (unit, factor) = UnitOf(text);
            if (unit is null || number > TimeSpan.MaxValue.Ticks / factor)
                return false;
            ticks += number * factor;
            text = text[unit.Length..].TrimStart();
        }

        if (ticks > TimeSpan.MaxValue.Ticks)
            return false;
        duration = TimeSpan.FromTicks((long)ticks);
        return true;
    }

    /// <summary>The shortest exact form: <c>1m30s</c>. Zero is <c>0s</c>.</summary>
    public static string Format(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
            return "0s";
        var text = new StringBuilder(duration < TimeSpan.Zero ? "-" : "");
        Append(text, Math.Abs(duration.Days), "d");
        Append(text, Math.Abs(duration.Hours), "h");
        Append(text, Math.Abs(duration.Minutes), "m");
        Append(text, Math.Abs(duration.Seconds), "s");
        var rest = Math.Abs(duration.Ticks % TimeSpan.TicksPerSecond);
        if (rest > 0)
            text.Append(CultureInfo.InvariantCulture, $"{rest / (decimal)TimeSpan.TicksPerMillisecond:0.####}ms");
        return text.ToString();
    }

    private static void Append(StringBuilder text, int number, string unit)
    {
        if (number > 0)
            text.Append(CultureInfo.InvariantCulture, $"{number}{unit}");
    }

    private static (string? Unit, long Ticks) UnitOf(ReadOnlySpan<char> text)
    {
        foreach (var unit in Units)
        {
            if (text.StartsWith(unit.Unit, StringComparison.OrdinalIgnoreCase))
                return unit;
        }

        return default;
    }
}
