using System.Globalization;

namespace Amqtt.Broker.Configuration;

/// <summary>Defaults that depend on the machine or the container the process runs in.</summary>
internal static class MachineLimits
{
    private const string ProcessLimits = "/proc/self/limits";

    /// <summary>How many connections the process can hold: its file descriptors less 20 % for files, plugins and everything else.</summary>
    public static int Connections { get; } = (int)Math.Min(int.MaxValue, Descriptors() / 5 * 4);

    /// <summary>A share of the memory that the machine or, if lower, the container offers.</summary>
    public static long MemoryBytes(double percent) => (long)(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * (percent / 100));

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
