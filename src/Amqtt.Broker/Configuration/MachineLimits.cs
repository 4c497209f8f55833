using System.Globalization;

namespace Amqtt.Broker.Configuration;

/// <summary>Defaults that depend on the machine or the container the process runs in.</summary>
internal static class MachineLimits
{
    /// <summary>Descriptors that the process has open without a connection (133 when it has just started), and some for files that it opens now and then.</summary>
    internal const int OwnDescriptors = 192;

    private const string ProcessLimits = "/proc/self/limits";

    /// <summary>How many connections the process can hold.</summary>
    public static int Connections { get; } = ConnectionsWith(Descriptors());

    /// <summary>A share of the memory that the machine or, if lower, the container offers.</summary>
    public static long MemoryBytes(double percent) => (long)(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * (percent / 100));

    /// <summary>
    /// How many connections so many file descriptors allow for: all less 20 %, and where they are few, as many as leave enough for the process itself and for
    /// the eighth more that wait for a slot or are told why they are not served. The runtime does not survive it when there is no descriptor left.
    /// </summary>
    internal static int ConnectionsWith(long descriptors) =>
        (int)Math.Clamp(Math.Min(descriptors / 5 * 4, (descriptors - OwnDescriptors) / 9 * 8), 1, int.MaxValue);

    // Windows and macOS have no /proc; a Windows process has no descriptor limit that matters, and macOS' default is the number below.
    private static long Descriptors()
    {
        const int elsewhere = 10_240;
        if (!OperatingSystem.IsLinux() || !File.Exists(ProcessLimits))
            return OperatingSystem.IsWindows() ? int.MaxValue : elsewhere;
        var line = File.ReadLines(ProcessLimits).FirstOrDefault(l => l.StartsWith("Max open files", StringComparison.Ordinal));
        var soft = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(3);
        return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : elsewhere;
    }
}
