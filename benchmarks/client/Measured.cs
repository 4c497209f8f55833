using System.Diagnostics;
using System.Globalization;

namespace Amqtt.Benchmarks.Client;

/// <summary>One measurement in a process of its own: CPU (user and system) and allocated bytes per message, after a warm-up.</summary>
internal static class Measured
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(3);

    public static async Task RunAsync(string client, string what, int qos, int count, int size, int window, int port)
    {
        await using IBenchClient bench = client switch { "amqtt" => new AmqttBench(), "mqttnet" => new MqttNetBench(), _ => new BareSocket() };
        await bench.ConnectAsync(port);
        if (what == "pub")
            await PublishAsync(bench, qos, count, size, window);
        else
            await ReceiveAsync(bench, qos, count);
    }

    private static async Task PublishAsync(IBenchClient bench, int qos, int count, int size, int window)
    {
        // Until the code is compiled as well as it will be.
        await LoadAsync(bench, qos, count, size, window);
        var start = Snapshot.Take();
        await LoadAsync(bench, qos, count, size, window);
        // What was only accepted has to leave as well.
        await bench.FinishAsync();
        start.Print(count);
    }

    private static Task LoadAsync(IBenchClient bench, int qos, int count, int size, int window)
    {
        var payload = new byte[size];
        var left = count;
        return Task.WhenAll(Enumerable.Range(0, window).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
                await bench.PublishAsync("bench/topic", payload, qos);
        })));
    }

    private static async Task ReceiveAsync(IBenchClient bench, int qos, int count)
    {
        var received = 0;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Snapshot start = default;
        Snapshot end = default;
        var last = Stopwatch.GetTimestamp();
        await bench.SubscribeAsync("bench/topic", qos, _ =>
        {
            var number = Interlocked.Increment(ref received);
            if (number % 64 == 0)
                Volatile.Write(ref last, Stopwatch.GetTimestamp());
            if (number == count)
            {
                start = Snapshot.Take();
            }
            else if (number == 2 * count)
            {
                end = Snapshot.Take();
                all.TrySetResult();
            }
        });
        Console.WriteLine("ready");
        // A broker may drop messages of QoS 0: then the run ends when nothing has come for a while.
        while (!all.Task.IsCompleted && Stopwatch.GetElapsedTime(Volatile.Read(ref last)) < (Volatile.Read(ref received) == 0 ? Patience : Silence))
        {
            var soFar = Snapshot.Take();
            var number = Volatile.Read(ref received);
            await Task.WhenAny(all.Task, Task.Delay(200));
            if (Volatile.Read(ref received) != number || end.IsEmpty)
                end = all.Task.IsCompleted ? end : soFar;
        }

        if (start.IsEmpty)
            throw new InvalidOperationException($"Only {received} messages came, fewer than the warm-up takes.");
        start.Print(Math.Min(Volatile.Read(ref received), 2 * count) - count, end);
    }

    private readonly record struct Snapshot(TimeSpan Cpu, long Allocated)
    {
        public bool IsEmpty => Cpu == TimeSpan.Zero;

        public static Snapshot Take() => new(Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes());

        public void Print(int messages, Snapshot? until = null)
        {
            var end = until is { IsEmpty: false } given ? given : Take();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"result {(end.Cpu - Cpu).TotalMicroseconds / messages:0.000} {(double)(end.Allocated - Allocated) / messages:0.0} {messages}"));
        }
    }
}
