using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Amqtt.Runtime.Configuration.Binding;

/// <summary>Says what would have been right: the kind of value, its range, and whether it can be switched off.</summary>
internal static class Expectation
{
    public const string RemoveQuotes = "; remove the quotes";

    public static string Of(ScalarType type, BindTarget target) => type.IsNumeric ? Of(type.Expected, target) : type.Expected;

    public static string Of(string kind, BindTarget target)
    {
        if (target.Size is { } size)
            kind = size.PercentOfMemory ? "a size such as 512MiB or a share of the memory such as 75%" : "a size such as 64KiB";
        var range = target.Range is null ? "" : Span(target.Range, target);
        return $"{kind}{range}{(target.Unlimited is null ? "" : $", or '{UnlimitedValue.Word}'")}";
    }

    private static string Span(RangeAttribute range, BindTarget target)
    {
        // The attribute converts its texts (Range(typeof(TimeSpan), …)) when it is first used.
        range.IsValid(null);
        if (range.Minimum is int.MinValue) return $" up to {Text(range.Maximum, target)}";
        var least = Text(range.Minimum, target);
        return IsOpen(range.Maximum) ? $" of at least {least}" : $" from {least} to {Text(range.Maximum, target)}";
    }

    // long.MaxValue reaches the attribute as a double.
    private static bool IsOpen(object maximum) => maximum is int.MaxValue or long.MaxValue or double.MaxValue or >= 9.2e18;

    private static string Text(object bound, BindTarget target) => bound switch
    {
        TimeSpan duration => DurationText.Format(duration),
        _ when target.Size is not null => SizeText.Format(Convert.ToInt64(bound, CultureInfo.InvariantCulture)),
        _ => Convert.ToString(bound, CultureInfo.InvariantCulture)!,
    };
}
