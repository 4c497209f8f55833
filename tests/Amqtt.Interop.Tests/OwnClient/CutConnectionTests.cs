using System.Collections.Concurrent;
using System.Globalization;
using Amqtt.Client;
using Amqtt.Client.Configuration;
using Amqtt.Interop.Tests.Brokers;
using Amqtt.Interop.Tests.Processes;
using Amqtt.Protocol;

namespace Amqtt.Interop.Tests.OwnClient;

/// <summary>
/// Publisher and subscriber under load while connections are cut at random moments or the broker is restarted: of QoS 1 and 2 nothing that was acknowledged is lost, and
/// QoS 2 arrives once.
/// </summary>
public sealed class CutConnectionTests
{
    private const int Messages = 1500;

    public static TheoryData<Peer, ProtocolVersion> Brokers => new MatrixTheoryData<Peer, ProtocolVersion>([Peer.Amqtt, Peer.Mosquitto], Enum.GetValues<ProtocolVersion>());

    [Theory]
    [MemberData(nameof(Brokers))]
    public async Task Cut_connections_lose_and_duplicate_nothing(Peer peer, ProtocolVersion version)
    {
        using var folder = new TemporaryFolder();
        var port = FreePort.Next();
        await using var broker = await StartAsync(peer, folder, port);
        var repeats = new BrokerRepeats(version);
        await using var proxy = new CuttingProxy(port, repeats.Begin);
        await RunAsync(version, proxy, repeats, async (done, published) =>
        {
            // After so many messages and not after so much time: on a machine where nothing gets done between two cuts, nothing would ever get done.
            for (var next = 10; !done.IsCompleted; next += Random.Shared.Next(1, 80))
            {
                await Task.WhenAny(done, published.Reached(next));
                proxy.Cut();
            }
        });
        Assert.True(proxy.Connections > 4, $"{proxy.Connections} connections");
        if (peer == Peer.Amqtt)
            Assert.Empty(repeats.Find());
    }

    [Theory]
    [InlineData(ProtocolVersion.V31)]
    [InlineData(ProtocolVersion.V311)]
    [InlineData(ProtocolVersion.V5)]
    public async Task A_restarted_broker_loses_and_duplicates_nothing(ProtocolVersion version)
    {
        using var folder = new TemporaryFolder();
        var port = FreePort.Next();
        var broker = await StartAsync(Peer.Mosquitto, folder, port);
        try
        {
            var repeats = new BrokerRepeats(version);
            await using var proxy = new CuttingProxy(port, repeats.Begin);
            await RunAsync(version, proxy, repeats, async (done, published) =>
            {
                // At a third and two thirds of the messages.
                for (var third = 1; third <= 2; third++)
                {
                    await Task.WhenAny(done, published.Reached(Messages * third / 3));
                    await broker.StopAsync();
                    await broker.DisposeAsync();
                    broker = await StartAsync(Peer.Mosquitto, folder, port);
                }
            });
        }
        finally
        {
            await broker.DisposeAsync();
        }
    }

    private static async Task RunAsync(ProtocolVersion version, CuttingProxy proxy, BrokerRepeats repeats, Func<Task, Progress, Task> disturb)
    {
        using var patience = Patience.Begin();
        var received = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        var (arrived, published) = (new Progress(), new Progress());
        await using var subscriber = Client("subscriber", version, proxy);
        await using var publisher = Client("publisher", version, proxy);
        await subscriber.ConnectAsync(cancellationToken: patience.Token);
        await subscriber.SubscribeAsync(
            "cut/+",
            (message, _) =>
            {
                if (received.AddOrUpdate($"{(int)message.QoS}:{message.Text}", 1, static (_, count) => count + 1) == 1)
                    arrived.Add();
                return default;
            },
            QoS.ExactlyOnce,
            cancellationToken: patience.Token);
        await publisher.ConnectAsync(cancellationToken: patience.Token);

        var publishing = Task.WhenAll(Enumerable.Range(0, 10).Select(worker => Task.Run(async () =>
        {
            for (var i = worker; i < Messages; i += 10)
            {
                await publisher.PublishAsync($"cut/{worker}", i.ToString(CultureInfo.InvariantCulture), (QoS)(1 + (i % 2)), cancellationToken: patience.Token);
                published.Add();
            }
        })));
        await disturb(publishing, published);
        await publishing;

        // Everything is acknowledged, so everything is the broker's; what is on its way arrives.
        string[] expected = [.. Enumerable.Range(0, Messages).Select(i => $"{1 + (i % 2)}:{i}")];
        await Task.WhenAny(arrived.Reached(Messages), Task.Delay(Timeout.Infinite, patience.Token));
        Assert.DoesNotContain(expected, message => !received.ContainsKey(message));
        await subscriber.PingAsync(cancellationToken: patience.Token);

        // Once for each time that the broker sent it as a message of its own.
        var repeated = repeats.Find();
        Assert.DoesNotContain(received, pair => pair.Key.StartsWith("2:", StringComparison.Ordinal) && pair.Value > 1 + repeated.GetValueOrDefault(pair.Key[2..]));
    }

    private static MqttClient Client(string id, ProtocolVersion version, CuttingProxy proxy) => new(new ClientOptions
    {
        ClientId = id,
        ProtocolVersion = version,
        CleanSession = false,
        ReconnectRetries = -1,
        ReconnectMaxInterval = TimeSpan.FromMilliseconds(10),
        Connection = new() { Uri = proxy.Url },
    });

    private static Task<BrokerProcess> StartAsync(Peer peer, TemporaryFolder folder, int port)
    {
        if (peer == Peer.Amqtt)
        {
            var yaml = folder.Write("broker.yaml", $$"""
                listeners:
                  default: {type: tcp, bind: 127.0.0.1:{{port}}}
                limits:
                  max_queued_messages: unlimited
                """);
            return BrokerProcess.StartAmqttAsync(yaml, port);
        }

        var file = folder.Write("mosquitto.conf", $"""
            user root
            allow_anonymous true
            listener {port} 127.0.0.1
            persistence true
            persistence_location {folder.Root}/
            max_queued_messages 0

            """);
        return BrokerProcess.StartAsync("/usr/sbin/mosquitto", ["-c", file], port);
    }
}

/// <summary>Counts, and tells when a number is reached.</summary>
internal sealed class Progress
{
    private readonly Lock _gate = new();
    private readonly List<(int Number, TaskCompletionSource Reached)> _waiting = [];
    private int _count;

    public void Add()
    {
        lock (_gate)
        {
            _count++;
            foreach (var (_, reached) in _waiting.Where(waiting => waiting.Number <= _count))
                reached.TrySetResult();
            _waiting.RemoveAll(waiting => waiting.Number <= _count);
        }
    }

    public Task Reached(int number)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_count >= number)
                return Task.CompletedTask;
            _waiting.Add((number, reached));
        }

        return reached.Task;
    }
}
