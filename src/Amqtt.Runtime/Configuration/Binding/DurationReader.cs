using System.Globalization;

namespace Amqtt.Runtime.Configuration.Binding;

/// <summary>Reads durations: a plain number of seconds, or numbers with units. Never negative.</summary>
internal static class DurationReader
{
    private const string Kind = "a duration such as 5s or 1m30s (a number counts as seconds)";
    private const decimal MostSeconds = 922_337_203_685m;

    public static Reading Read(ConfigScalar scalar, BindTarget target)
    {
        if (NumberReader.IsUnlimited(scalar.Text, target))
            return Reading.Ok(Timeout.InfiniteTimeSpan);
        TimeSpan duration;
        if (scalar.IsPlain && decimal.TryParse(scalar.Text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds))
        {
            if (seconds < 0 && target.Unlimited is { Negative: true })
                return Reading.Ok(Timeout.InfiniteTimeSpan);
            if (seconds is < 0 or > MostSeconds)
                return Reading.Failed(target.Expected(Expectation.Of(Kind, target), scalar));
            duration = TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond));
        }
        else if (!DurationText.TryParse(scalar.Text, out duration))
        {
            return NumberReader.NotANumber(scalar, target, Kind);
        }

        return duration == TimeSpan.Zero && target.Unlimited is { Zero: true }
            ? Reading.Ok(Timeout.InfiniteTimeSpan)
            : NumberReader.InRange(duration, scalar, target, Kind);
    }
}
