using System.Diagnostics;

namespace Amqtt.Plugins.Standard;

/// <summary>What the process uses of the machine. Not for use by two threads at a time.</summary>
internal sealed class ProcessUsage(TimeProvider time)
{
    private long _since = time.GetTimestamp();
    private TimeSpan _cpu = Environment.CpuUsage.TotalTime;
    private decimal _cpuMaximum;
    private long _memoryMaximum;

    /// <summary>Measures, with the CPU time since the last measurement.</summary>
    public Sample Measure()
    {
        var (now, used) = (time.GetTimestamp(), Environment.CpuUsage.TotalTime);
        var elapsed = time.GetElapsedTime(_since, now);
        var percent = elapsed > TimeSpan.Zero ? (decimal)((used - _cpu) / elapsed) * 100 : 0;
        (_since, _cpu) = (now, used);
        _cpuMaximum = Math.Max(_cpuMaximum, percent);

        using var process = Process.GetCurrentProcess();
        var memory = process.WorkingSet64;
        // The system remembers peaks between two measurements, where it does.
        _memoryMaximum = Math.Max(_memoryMaximum, Math.Max(memory, process.PeakWorkingSet64));
        return new(memory, _memoryMaximum, percent, _cpuMaximum);
    }

    /// <summary>One measurement.</summary>
    /// <param name="Memory">Resident bytes.</param>
    /// <param name="MemoryMaximum">The most there have been.</param>
    /// <param name="Cpu">CPU time since the measurement before, in percent of one core.</param>
    /// <param name="CpuMaximum">The highest of these.</param>
    public readonly record struct Sample(long Memory, long MemoryMaximum, decimal Cpu, decimal CpuMaximum);
}
