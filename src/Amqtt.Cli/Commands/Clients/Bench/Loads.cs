using System.Diagnostics;
using Amqtt.Client;
using Amqtt.Protocol;

namespace Amqtt.Cli.Commands.Clients.Bench;

/// <summary>Clients that publish. Each keeps a number of publishes open; the latency of one is from when it was due to the end of its QoS flow.</summary>
internal sealed class PublishLoad(BenchCommand.Run run)
{
    private long _begun;

    public async Task RunAsync(int clients, CancellationToken cancel)
    {
        await using var all = await Fleet.ConnectAsync(run, clients, cancel);
        await Task.WhenAll(all.Clients.Select((client, number) => Task.Run(() => PublishAsync(client, number, cancel), CancellationToken.None)));
    }

    private async Task PublishAsync(MqttClient client, int number, CancellationToken cancel)
    {
        var pace = new Pace(run.Rate);
        var topic = run.TopicOf(number);
        await Task.WhenAll(Enumerable.Range(0, run.QoS == QoS.AtMostOnce ? 1 : run.Window).Select(_ => LoopAsync(client, topic, pace, cancel)));
    }

    private async Task LoopAsync(MqttClient client, string topic, Pace pace, CancellationToken cancel)
    {
        var payload = new byte[run.Size];
        try
        {
            while (!cancel.IsCancellationRequested && Interlocked.Increment(ref _begun) <= run.Count)
            {
                var due = await pace.NextAsync(cancel);
                Stamp.Write(payload, DateTime.UtcNow - Stopwatch.GetElapsedTime(due));
                // One that was begun is waited for: its end is what is measured.
                await client.PublishAsync(topic, payload, run.QoS, cancellationToken: CancellationToken.None);
                run.Result.Latency.Record(Stopwatch.GetElapsedTime(due));
                run.Result.Add(payload.Length);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The time is up.
        }
        catch (ClientException) when (!cancel.IsCancellationRequested)
        {
            run.Result.Fail();
        }
    }
}

/// <summary>Clients that subscribe and count.</summary>
internal sealed class SubscribeLoad(BenchCommand.Run run)
{
    public async Task RunAsync(int clients, CancellationToken cancel)
    {
        await using var all = await Fleet.ConnectAsync(run, clients, cancel);
        await Task.WhenAll(all.Clients.Select((client, number) => client.SubscribeAsync(run.TopicOf(number), Count, run.QoS, cancellationToken: cancel)));
        await Task.Delay(Timeout.Infinite, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private ValueTask Count(ReceivedMessage message, CancellationToken cancel)
    {
        if (Stamp.TryRead(message.Payload.Span, out var due))
            run.Result.Latency.Record(DateTime.UtcNow - due);
        run.Result.Add(message.Payload.Length);
        return default;
    }
}

/// <summary>Clients that come and go: each connects, disconnects, and begins again with the next one.</summary>
internal sealed class ConnectLoad(BenchCommand.Run run)
{
    private long _begun;

    public Task RunAsync(CancellationToken cancel) =>
        Task.WhenAll(Enumerable.Range(0, run.Clients).Select(number => Task.Run(() => LoopAsync(number, cancel), CancellationToken.None)));

    private async Task LoopAsync(int number, CancellationToken cancel)
    {
        var pace = new Pace(run.Rate);
        try
        {
            while (!cancel.IsCancellationRequested && Interlocked.Increment(ref _begun) <= run.Count)
            {
                var due = await pace.NextAsync(cancel);
                var options = run.OptionsOf(number);
                options.AutoReconnect = false;
                await using var client = new MqttClient(options, new() { LoggerFactory = run.Loggers });
                try
                {
                    await client.ConnectAsync(run.Arguments, cancel);
                    run.Result.Latency.Record(Stopwatch.GetElapsedTime(due));
                    run.Result.Add(0);
                }
                catch (ConnectException)
                {
                    run.Result.Fail();
                }
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The time is up.
        }
    }
}

/// <summary>Clients that are connected together and disconnected together.</summary>
internal sealed class Fleet(IReadOnlyList<MqttClient> clients) : IAsyncDisposable
{
    private const int AtATime = 100;

    public IReadOnlyList<MqttClient> Clients => clients;

    public static async Task<Fleet> ConnectAsync(BenchCommand.Run run, int count, CancellationToken cancel)
    {
        var clients = new List<MqttClient>(count);
        try
        {
            for (var from = 0; from < count; from += AtATime)
            {
                var some = Enumerable.Range(from, Math.Min(AtATime, count - from)).Select(number => new MqttClient(run.OptionsOf(number), new() { LoggerFactory = run.Loggers })).ToArray();
                clients.AddRange(some);
                await Task.WhenAll(some.Select(client => client.ConnectAsync(run.Arguments, cancel)));
            }

            return new(clients);
        }
        catch
        {
            await new Fleet(clients).DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var some in clients.Chunk(AtATime))
            await Task.WhenAll(some.Select(client => client.DisposeAsync().AsTask()));
    }
}
