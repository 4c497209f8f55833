using System.Globalization;
using Amqtt.Fuzz;
using SharpFuzz;

// Amqtt.Fuzz run [cases] [seed]                              the seeded generator, all targets
// Amqtt.Fuzz decoder|connect|connection|pair [arguments]     one target under libFuzzer (see CONTRIBUTING)
string target = args.Length > 0 ? args[0] : "run";
await using FuzzTargets targets = await FuzzTargets.StartAsync();
switch (target)
{
    case "decoder":
        Fuzzer.LibFuzzer.Run(FuzzTargets.Decode);
        return 0;
    case "connect" or "connection" or "pair":
        Func<byte[], Task> attack = target switch { "connect" => targets.ConnectAsync, "connection" => targets.ConnectionAsync, _ => targets.PairAsync };
        Fuzzer.LibFuzzer.Run(input => attack(input.ToArray()).GetAwaiter().GetResult());
        return 0;
    case "run":
        int cases = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1_000_000;
        int seed = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 1;
        await SeededRun.RunAsync(targets, seed, cases, Console.WriteLine, CancellationToken.None);
        return 0;
    default:
        await Console.Error.WriteLineAsync($"'{target}' is no target; expected run, decoder, connect, connection or pair");
        return 2;
}
