using System.Globalization;

namespace Amqtt.Fuzz;

/// <summary>Drives one target with what a coverage-guided fuzzer makes up: one input at a time, and nothing is left of it when the next one comes.</summary>
/// <param name="target">Its name.</param>
/// <param name="faults">A file for what has gone wrong, because AFL++ keeps the input alone; null = none.</param>
internal sealed class GuidedRun(string target, string? faults)
{
    private const int Seeds = 30;
    private const int RunsPerWitness = 100;

    private FuzzTargets? _targets;
    private int _runs;

    /// <summary>The targets, and which third of the generator's inputs begins as they expect.</summary>
    public static IReadOnlyDictionary<string, Func<FuzzTargets, byte[], Task>> Targets { get; } = new Dictionary<string, Func<FuzzTargets, byte[], Task>>(StringComparer.Ordinal)
    {
        ["decoder"] = static (_, input) =>
        {
            FuzzTargets.Decode(input);
            return Task.CompletedTask;
        },
        ["connect"] = static (targets, input) => targets.ConnectAsync(input),
        ["connection"] = static (targets, input) => targets.SplitAsync(input),
        ["pair"] = static (targets, input) => targets.PairAsync(input),
        ["sequence"] = static (targets, input) => targets.SequenceAsync(input),
    };

    /// <summary>Inputs of the seeded generator, a file each.</summary>
    public static void WriteSeeds(string target, string folder)
    {
        Directory.CreateDirectory(folder);
        for (int number = 0; number < Seeds; number++)
            File.WriteAllBytes(Path.Combine(folder, number.ToString(CultureInfo.InvariantCulture)), InputGenerator.MakeFor(target, seed: 1, number));
    }

    /// <summary>Runs one input.</summary>
    public void Run(Stream stream)
    {
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        RunAsync(copy.ToArray()).GetAwaiter().GetResult();
    }

    private void Start()
    {
        using var unseen = Unseen.Begin();
        _targets = FuzzTargets.StartAsync(loops: 1).GetAwaiter().GetResult();
        _targets.WarmUpAsync().GetAwaiter().GetResult();
    }

    private async Task RunAsync(byte[] input)
    {
        if (_targets is null) Start();
        FuzzTargets targets = _targets!;
        try
        {
            await Targets[target](targets, input);
            if (target == "decoder") return;
            await targets.CheckEmptyAsync();
            if (++_runs % RunsPerWitness == 0) await targets.ServesAsync();
        }
        catch (Exception fault)
        {
            if (faults is not null) await File.AppendAllTextAsync(faults, $"{Convert.ToHexString(input)}\n{fault}\n\n");
            // What is wrong with it now must not be counted against the next input.
            _targets = null;
            await targets.DisposeAsync();
            throw;
        }
    }
}
