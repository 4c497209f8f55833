using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

using Amqtt.Interop.Tests.Brokers;
using Amqtt.Interop.Tests.Clients;
using Amqtt.Interop.Tests.Processes;

namespace Amqtt.Interop.Tests.Hostile;

/// <summary>Whatever arrives, the broker neither ends nor hangs nor grows, and serves the next client (P-C21).</summary>
public sealed class HostileInputTests
{
    private const int Packets = 10_000;
    private const int WarmUp = 2_000;
    private const int AtOnce = 8;

    // A leak of a single buffer per packet would be ten times as much.
    private const long MaxGrowth = 64L << 20;

    [Fact]
    public Task Ten_thousand_random_packets() => SurvivesAsync(number => (Opening(number), Mutator.Random(number)));

    [Fact]
    public Task Ten_thousand_mutated_packets() => SurvivesAsync(number =>
    {
        // Without an opening the mutated packet is the first one, so that CONNECT gets its share.
        var opening = Opening(number);
        return (opening, Mutator.Mutate(opening == ValidPackets.ConnectV5 || (opening.Length == 0 && number % 2 == 0) ? ValidPackets.V5 : ValidPackets.V311, number));
    });

    private static async Task SurvivesAsync(Func<int, (byte[] Opening, byte[] Packet)> make)
    {
        await using var broker = await TestBroker.StartAsync();
        await AttackAsync(broker, Enumerable.Range(0, WarmUp), make);
        var before = ResidentBytes(broker);

        await AttackAsync(broker, Enumerable.Range(WarmUp, Packets - WarmUp), make);

        await IsServedAsync(broker);
        // A fault that the broker caught is a fault: what clients send is refused, it does not go wrong.
        Assert.DoesNotMatch(":: (ERROR|CRITICAL)", broker.Process.Log);
        Assert.InRange(ResidentBytes(broker) - before, long.MinValue, MaxGrowth);
    }

    // A third is first on its connection, the others come after a CONNECT that succeeds.
    private static byte[] Opening(int number) => (number % 3) switch { 0 => [], 1 => ValidPackets.ConnectV311, _ => ValidPackets.ConnectV5 };

    private static Task AttackAsync(TestBroker broker, IEnumerable<int> numbers, Func<int, (byte[] Opening, byte[] Packet)> make) => Parallel.ForEachAsync(
        numbers,
        new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = TestContext.Current.CancellationToken },
        async (number, _) =>
        {
            var (opening, packet) = make(number);
            try
            {
                await SendAndReadToTheEndAsync(broker, [.. opening, .. packet]);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                throw new InvalidOperationException($"Packet {number} {Convert.ToHexString(packet)} after {Convert.ToHexString(opening)}:{Environment.NewLine}{broker.Process.Log}", e);
            }
        });

    // The client's half is closed after the bytes, so that the broker has to end the connection whatever it thought of them.
    private static async Task SendAndReadToTheEndAsync(TestBroker broker, byte[] bytes)
    {
        using var patience = Patience.Begin();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, broker.Plain.Port), patience.Token);
        try
        {
            await socket.SendAsync(bytes, patience.Token);
            socket.Shutdown(SocketShutdown.Send);
            var buffer = new byte[4096];
            while (await socket.ReceiveAsync(buffer, patience.Token) > 0)
            {
            }
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown or SocketError.NotConnected)
        {
            // Closed with bytes unread: as good an end as any.
        }
    }

    private static async Task IsServedAsync(TestBroker broker)
    {
        var client = new MqttNetClient();
        var topic = $"afterwards/{Guid.NewGuid():N}";
        await using var subscription = await client.SubscribeAsync(broker.Plain, MqttVersion.V5, topic, 1, count: 1);
        await client.PublishAsync(broker.Plain, MqttVersion.V5, new Outgoing(topic, 1, Retain: false, "still here"));
        Assert.Equal([new Received(topic, 1, Retain: false, "still here")], await subscription.MessagesAsync());
    }

    private static long ResidentBytes(TestBroker broker)
    {
        using var process = Process.GetProcessById(broker.Process.Id);
        return process.WorkingSet64;
    }
}
