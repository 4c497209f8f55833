using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Amqtt.Cli.Commands.Clients.Bench;

/// <summary>What a run has counted, as a table for people and as JSON for programs.</summary>
internal sealed class BenchResult(string kind, int clients, int qos, int size)
{
    private static readonly double[] Percentiles = [50, 90, 99, 99.9, 100];
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private long _done;
    private long _bytes;
    private long _failed;

    public LatencyHistogram Latency { get; } = new();

    public TimeSpan Elapsed { get; set; }

    public long Done => Interlocked.Read(ref _done);

    public long Failed => Interlocked.Read(ref _failed);

    public void Add(int bytes)
    {
        Interlocked.Increment(ref _done);
        Interlocked.Add(ref _bytes, bytes);
    }

    public void Fail() => Interlocked.Increment(ref _failed);

    /// <summary>A line while it runs.</summary>
    public string Progress(TimeSpan elapsed, long sinceLast, TimeSpan interval) => string.Create(
        CultureInfo.InvariantCulture,
        $"{elapsed.TotalSeconds,6:0} s  {Done,12:N0} {Noun}  {sinceLast / Math.Max(interval.TotalSeconds, 0.001),12:N0}/s  p99 {Latency.PercentileMilliseconds(99):0.###} ms{(Failed > 0 ? $"  {Failed:N0} failed" : "")}");

    public void WriteTable(TextWriter output)
    {
        var seconds = Math.Max(Elapsed.TotalSeconds, 0.001);
        (string, string)[] rows =
        [
            ("clients", Number(clients)),
            .. kind == "conn" ? Array.Empty<(string, string)>() : [("qos", Number(qos)), ("payload bytes", Number(size))],
            ("seconds", seconds.ToString("0.00", CultureInfo.InvariantCulture)),
            (Noun, Number(Done)),
            ($"{Noun} per second", Number(Done / seconds)),
            .. kind == "conn" ? Array.Empty<(string, string)>() : [("MiB per second", (Interlocked.Read(ref _bytes) / seconds / 1024 / 1024).ToString("0.00", CultureInfo.InvariantCulture))],
            ("failed", Number(Failed)),
            .. Latency.Count == 0 ? Array.Empty<(string, string)>() : Percentiles.Select(p => ($"latency p{p.ToString(CultureInfo.InvariantCulture)} ms", Latency.PercentileMilliseconds(p).ToString("0.000", CultureInfo.InvariantCulture))),
        ];
        foreach (var (name, value) in rows)
            output.WriteLine($"{name,-22} {value,16}");
    }

    public void WriteJson(TextWriter output)
    {
        var seconds = Math.Max(Elapsed.TotalSeconds, 0.001);
        var json = new JsonObject
        {
            ["benchmark"] = kind,
            ["clients"] = clients,
            ["qos"] = qos,
            ["size"] = size,
            ["seconds"] = Math.Round(seconds, 3),
            ["count"] = Done,
            ["per_second"] = Math.Round(Done / seconds, 1),
            ["bytes"] = Interlocked.Read(ref _bytes),
            ["failed"] = Failed,
        };
        if (Latency.Count > 0)
        {
            var latency = new JsonObject { ["mean"] = Math.Round(Latency.MeanMilliseconds, 3) };
            foreach (var percent in Percentiles)
                latency[$"p{percent.ToString(CultureInfo.InvariantCulture)}"] = Math.Round(Latency.PercentileMilliseconds(percent), 3);
            json["latency_ms"] = latency;
        }

        output.WriteLine(json.ToJsonString(Indented));
    }

    private string Noun => kind == "conn" ? "connects" : "messages";

    private static string Number(double value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
