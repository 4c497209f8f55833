namespace Amqtt.Runtime.Configuration.Binding;

/// <summary>The values that stand for "no bound".</summary>
internal static class UnlimitedValue
{
    public const string Word = "unlimited";

    public static object? Of(Type type) =>
        type == typeof(int) ? int.MaxValue
        : type == typeof(long) ? long.MaxValue
        : type == typeof(TimeSpan) ? Timeout.InfiniteTimeSpan
        : null;

    public static bool Is(object? value) => value is int.MaxValue or long.MaxValue || value is TimeSpan duration && duration == Timeout.InfiniteTimeSpan;
}
