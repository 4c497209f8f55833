using System.Globalization;

namespace Amqtt.Runtime.Configuration.Binding;

/// <summary>Reads numbers: only plain scalars, whole ones also as a size, and "unlimited" where the option allows it.</summary>
internal static class NumberReader
{
    public static Reading Whole(ConfigScalar scalar, BindTarget target, Int128 min, Int128 max, Func<Int128, object> convert)
    {
        if (IsUnlimited(scalar.Text, target))
            return Reading.Ok(UnlimitedValue.Of(target.Core)!);
        if (!TryWhole(scalar, target, out var number))
            return NotANumber(scalar, target, "a whole number");
        if (target.Unlimited is { } unlimited && ((number == 0 && unlimited.Zero) || (number < 0 && unlimited.Negative)))
            return Reading.Ok(UnlimitedValue.Of(target.Core)!);
        if (number < min || number > max)
            return Reading.Failed(target.Expected(target.Range is null ? $"a whole number from {min} to {max}" : Expectation.Of("a whole number", target), scalar));
        return InRange(convert(number), scalar, target, "a whole number");
    }

    public static Reading Real(ConfigScalar scalar, BindTarget target, Func<double, object> convert) =>
        scalar.IsPlain && double.TryParse(scalar.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? InRange(convert(number), scalar, target, "a number")
            : NotANumber(scalar, target, "a number");

    public static Reading Exact(ConfigScalar scalar, BindTarget target) =>
        scalar.IsPlain && decimal.TryParse(scalar.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? InRange(number, scalar, target, "a number")
            : NotANumber(scalar, target, "a number");

    public static bool IsUnlimited(string text, BindTarget target) =>
        target.Unlimited is not null && string.Equals(text, UnlimitedValue.Word, StringComparison.OrdinalIgnoreCase);

    public static Reading InRange(object value, ConfigScalar scalar, BindTarget target, string kind) =>
        target.Range is null || target.Range.IsValid(value) ? Reading.Ok(value) : Reading.Failed(target.Expected(Expectation.Of(kind, target), scalar));

    /// <summary>The failure; where only quotes stand between the text and a number it says so.</summary>
    public static Reading NotANumber(ConfigScalar scalar, BindTarget target, string kind)
    {
        var quoted = !scalar.IsPlain && decimal.TryParse(scalar.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
        return Reading.Failed(target.Expected(Expectation.Of(kind, target), scalar, quoted ? Expectation.RemoveQuotes : ""));
    }

    private static bool TryWhole(ConfigScalar scalar, BindTarget target, out Int128 number)
    {
        if (scalar.IsPlain && Int128.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number))
            return true;
        number = 0;
        if (target.Size is { PercentOfMemory: true } && TryShareOfMemory(scalar.Text, out number))
            return true;
        if (!SizeText.TryParse(scalar.Text, out var bytes))
            return false;
        number = (Int128)bytes.Value;
        return true;
    }

    private static bool TryShareOfMemory(string text, out Int128 bytes)
    {
        bytes = 0;
        if (!text.EndsWith('%') || !decimal.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) || percent is <= 0 or > 100)
            return false;
        bytes = (Int128)(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * percent / 100);
        return true;
    }
}
