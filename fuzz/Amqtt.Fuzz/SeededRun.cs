namespace Amqtt.Fuzz;

/// <summary>Drives all targets with generated input. The same seed and number always make the same input, which is named when it fails.</summary>
public static class SeededRun
{
    private const int AtOnce = 8;
    private const int PerReport = 10_000;
    private const int PerAlone = 10;

    /// <summary>Runs so many cases, many at once against one broker, and a tenth as many one after the other against another; the first that fails ends it.</summary>
    public static async Task RunAsync(int seed, int cases, Action<string> report, CancellationToken cancel)
    {
        await using FuzzTargets many = await FuzzTargets.StartForManyAsync();
        await using FuzzTargets alone = await FuzzTargets.StartAsync(loops: 2);
        await Task.WhenAll(
            RunAsync(many, seed, cases, report, cancel),
            RunAloneAsync(alone, seed, cases / PerAlone, cancel));
    }

    private static async Task RunAsync(FuzzTargets targets, int seed, int cases, Action<string> report, CancellationToken cancel)
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

    private static async Task RunAloneAsync(FuzzTargets targets, int seed, int cases, CancellationToken cancel)
    {
        string[] names = [.. GuidedRun.Targets.Keys];
        for (int number = 0; number < cases; number++)
        {
            cancel.ThrowIfCancellationRequested();
            string target = names[number % names.Length];
            byte[] input = InputGenerator.MakeFor(target, seed, number);
            try
            {
                await GuidedRun.Targets[target](targets, input);
                await targets.CheckEmptyAsync();
            }
            catch (Exception fault)
            {
                throw new InvalidOperationException($"case {number} of seed {seed} for '{target}' failed: {Convert.ToHexString(input)}", fault);
            }
        }
    }
}
