namespace Amqtt.Fuzz;

/// <summary>Drives all targets with generated input. The same seed and number always make the same input, which is named when it fails.</summary>
public static class SeededRun
{
    private const int AtOnce = 8;
    private const int PerReport = 10_000;

    /// <summary>Runs so many cases; the first that fails ends it.</summary>
    public static async Task RunAsync(FuzzTargets targets, int seed, int cases, Action<string> report, CancellationToken cancel)
    {
        int done = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel };
        await Parallel.ForEachAsync(Enumerable.Range(0, cases), options, async (number, _) =>
        {
            byte[] input = InputGenerator.Make(seed, number);
            try
            {
                FuzzTargets.Decode(input);
                await ((number % 3) switch { 0 => targets.ConnectAsync(input), 1 => targets.ConnectionAsync(input), _ => targets.PairAsync(input) });
                int count = Interlocked.Increment(ref done);
                if (count % 1000 == 0) await targets.ServesAsync();
                if (count % PerReport == 0) report($"{count} cases");
            }
            catch (Exception fault) when (fault is not OperationCanceledException || !cancel.IsCancellationRequested)
            {
                throw new InvalidOperationException($"case {number} of seed {seed} failed: {Convert.ToHexString(input)}", fault);
            }
        });
        await targets.ServesAsync();
    }
}
