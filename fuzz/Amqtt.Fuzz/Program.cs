using System.Globalization;
using Amqtt.Fuzz;
using SharpFuzz;

// Amqtt.Fuzz run [cases] [seed]                       the seeded generator, all targets
// Amqtt.Fuzz TARGET [FAULTS]                          one target under AFL++ (fuzz/afl), or with one input from standard input
// Amqtt.Fuzz seeds TARGET FOLDER                      inputs for AFL++ to begin with
string command = args.Length > 0 ? args[0] : "run";
switch (command)
{
    case "run":
        int cases = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1_000_000;
        int seed = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 1;
        await SeededRun.RunAsync(seed, cases, Console.WriteLine, CancellationToken.None);
        return 0;
    case "seeds" when args.Length == 3 && GuidedRun.Targets.ContainsKey(args[1]):
        GuidedRun.WriteSeeds(args[1], args[2]);
        return 0;
    case var target when GuidedRun.Targets.ContainsKey(target):
        Fuzzer.Run(new GuidedRun(target, args.ElementAtOrDefault(1)).Run);
        return 0;
    default:
        await Console.Error.WriteLineAsync($"'{string.Join(' ', args)}' is no command; expected: run [cases] [seed], TARGET, or seeds TARGET FOLDER, where TARGET is one of {string.Join(", ", GuidedRun.Targets.Keys)}");
        return 2;
}
