// Amqtt.Client beside MQTTnet's client, against the same mosquitto, interleaved: CPU and allocation per message of each client's own process; and what the same messages
// cost a thread that blocks on a socket and does nothing else, where one is enough.
//   dotnet run -c Release --project benchmarks/client            writes a table
//   dotnet run -c Release --project benchmarks/client -- 5       with the median of five rounds
using System.Diagnostics;
using System.Globalization;
using Amqtt.Benchmarks.Client;

if (args is ["measure", var client, var what, var qos, var count, var size, var window, var port])
{
    await Measured.RunAsync(client, what, Number(qos), Number(count), Number(size), Number(window), Number(port));
    return;
}

var rounds = args is [var given] ? Number(given) : 3;
(string Name, string What, int QoS, int Count, int Window, bool Backlog)[] scenarios =
[
    ("publish QoS 0", "pub", 0, 400_000, 1, false),
    ("publish QoS 1, 20 at a time", "pub", 1, 100_000, 20, false),
    ("publish QoS 1, one at a time", "pub", 1, 10_000, 1, false),
    ("publish QoS 2, 20 at a time", "pub", 2, 50_000, 20, false),
    ("receive QoS 0 as it comes", "sub", 0, 200_000, 20, false),
    ("receive QoS 1 as it comes", "sub", 1, 100_000, 20, false),

    // One at a time: with more than its window to hold, mosquitto 2.0.11 forgets messages of QoS 2 and never sends them.
    ("receive QoS 2 as it comes", "sub", 2, 30_000, 1, false),

    // The receiver sleeps until everything is published: what is measured is its work, not how often it is woken. Of QoS 1 less than there are identifiers: mosquitto 2.0.11 has them
    // all under way when the socket was full.
    ("receive a backlog of QoS 0", "sub", 0, 200_000, 20, true),
    ("receive a backlog of QoS 1", "sub", 1, 30_000, 20, true),
];

using var broker = Mosquitto.Start();
Console.WriteLine("| scenario | CPU µs/message Amqtt | MQTTnet | ratio | bare socket | ratio | bytes/message Amqtt | MQTTnet | ratio |");
Console.WriteLine("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
foreach (var scenario in scenarios)
{
    List<(double Cpu, double Bytes)> ours = [], theirs = [], least = [];
    for (var round = 0; round < rounds; round++)
    {
        ours.Add(await MeasureAsync("amqtt", scenario));
        theirs.Add(await MeasureAsync("mqttnet", scenario));
        if (scenario is { What: "sub" } or { Window: 1, QoS: > 0 })
            least.Add(await MeasureAsync("bare", scenario));
    }

    var (a, b) = (Median(ours), Median(theirs));
    var bare = least.Count == 0 ? "| |" : string.Create(CultureInfo.InvariantCulture, $"| {Median(least).Cpu:0.00} | {Median(least).Cpu / b.Cpu:0.00}");
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {scenario.Name} | {a.Cpu:0.00} | {b.Cpu:0.00} | {a.Cpu / b.Cpu:0.00} {bare} | {a.Bytes:0} | {b.Bytes:0} | {a.Bytes / b.Bytes:0.00} |"));
}

async Task<(double Cpu, double Bytes)> MeasureAsync(string who, (string Name, string What, int QoS, int Count, int Window, bool Backlog) scenario)
{
    using var measured = Self(who, scenario.What, scenario.QoS, scenario.Count, scenario.Window);
    if (scenario.What == "sub")
    {
        while (await measured.StandardOutput.ReadLineAsync() is { } line && line != "ready")
        {
        }

        if (scenario.Backlog)
            await SignalAsync(measured, "-STOP");

        // The warm-up is as long as what is counted, for the publisher too: it sends twice its number.
        using var publisher = Self("amqtt", "pub", scenario.QoS, scenario.Count, scenario.Window);
        await publisher.StandardOutput.ReadToEndAsync();
        await publisher.WaitForExitAsync();
        if (publisher.ExitCode != 0)
            throw new InvalidOperationException($"{scenario.Name}: the publisher failed.");
        if (scenario.Backlog)
            await SignalAsync(measured, "-CONT");
    }

    var output = await measured.StandardOutput.ReadToEndAsync();
    await measured.WaitForExitAsync();
    var result = output.Split('\n').Last(line => line.StartsWith("result ", StringComparison.Ordinal)).Split(' ');
    return (double.Parse(result[1], CultureInfo.InvariantCulture), double.Parse(result[2], CultureInfo.InvariantCulture));
}

Process Self(string who, string what, int level, int number, int at) => Process.Start(new ProcessStartInfo(
    "dotnet", [typeof(Measured).Assembly.Location, "measure", who, what, $"{level}", $"{number}", "64", $"{at}", $"{broker.Port}"])
{
    RedirectStandardOutput = true,
    UseShellExecute = false,
})!;

static async Task SignalAsync(Process process, string signal)
{
    using var kill = Process.Start("kill", [signal, $"{process.Id}"]);
    await kill.WaitForExitAsync();
}

static (double Cpu, double Bytes) Median(List<(double Cpu, double Bytes)> values) =>
    (values.Select(v => v.Cpu).Order().ElementAt(values.Count / 2), values.Select(v => v.Bytes).Order().ElementAt(values.Count / 2));

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
