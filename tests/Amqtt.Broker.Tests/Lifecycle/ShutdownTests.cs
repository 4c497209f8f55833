using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Lifecycle;

/// <summary>A shutdown while clients are still being accepted: whose CONNECT has been read gets an answer, and nobody is let in.</summary>
public sealed class ShutdownTests
{
    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.2.2-8")]
    public async Task A_client_whose_CONNECT_a_plugin_thinks_about_is_told_that_the_server_is_unavailable(Link link, ProtocolVersion version)
    {
        var plugin = new Pondering();
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, plugin);
        WireClient client = await broker.OpenAsync(version);
        await client.SendAsync(new ConnectPacket { Version = version, ClientId = "c", CleanStart = true });
        await plugin.Asked.Task;
        Task stop = broker.Broker.StopAsync(TestContext.Current.CancellationToken);
        await client.ExpectRefusalAsync(ReasonCode.ServerUnavailable);
        await client.DisposeAsync();
        plugin.Answer.SetResult();
        await stop;
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task A_client_that_is_asked_for_AUTH_is_told_that_the_server_is_unavailable(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, new Challenging());
        WireClient client = await broker.OpenAsync(ProtocolVersion.V5);
        await client.SendAsync(new ConnectPacket { Version = ProtocolVersion.V5, ClientId = "c", CleanStart = true, Properties = new MqttProperties { AuthenticationMethod = "ASKS" } });
        await client.ReceiveAsync<AuthPacket>();
        Task stop = broker.Broker.StopAsync(TestContext.Current.CancellationToken);
        await client.ExpectRefusalAsync(ReasonCode.ServerUnavailable);
        await client.DisposeAsync();
        await stop;
    }

    [Fact]
    public async Task A_connection_that_comes_when_the_others_have_been_told_is_ended_as_well()
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(Link.Memory);
        // It does not take its last packet, and so the broker is not at its end yet.
        (DuplexStream near, DuplexStream far) = DuplexStream.CreatePair(capacity: 2);
        Task held = broker.Broker.ServeAsync(far, peer: new IPEndPoint(IPAddress.Loopback, 1));
        var slow = new WireClient(near);
        await slow.ConnectAsync("slow", ProtocolVersion.V5);
        WireClient told = await broker.ConnectAsync("told");
        Task stop = broker.Broker.StopAsync(TestContext.Current.CancellationToken);
        await told.ExpectClosedAsync();

        (DuplexStream late, DuplexStream lateFar) = DuplexStream.CreatePair();
        await broker.Broker.ServeAsync(lateFar, peer: new IPEndPoint(IPAddress.Loopback, 2)).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(0, await late.ReadAsync(new byte[1], TestContext.Current.CancellationToken));
        await held;
        await slow.DisposeAsync();
        await stop;
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task P_A16_what_has_been_acknowledged_reaches_the_clients_of_other_loops(Link link)
    {
        for (int round = 0; round < 10; round++)
        {
            await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxInflight = 10_000); // nothing waits for an acknowledgement
            var subscribers = new List<Task<HashSet<string>>>();
            // Enough that some are on the loop of each publisher, and some are not.
            for (int i = 0; i < 6; i++)
            {
                WireClient subscriber = await broker.ConnectAsync($"subscriber{i}", cleanStart: false);
                await subscriber.SubscribeAsync("t", QoS.AtLeastOnce);
                subscribers.Add(ReceiveAllAsync(subscriber));
            }

            var acknowledged = new ConcurrentQueue<string>();
            var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var publishers = new List<Task>();
            for (int i = 0; i < 6; i++) publishers.Add(PublishAllAsync(await broker.ConnectAsync($"publisher{i}"), $"{i}"));
            await enough.Task;
            await broker.Broker.StopAsync(TestContext.Current.CancellationToken);
            await Task.WhenAll(publishers);
            foreach (HashSet<string> got in await Task.WhenAll(subscribers)) Assert.Empty(acknowledged.Except(got, StringComparer.Ordinal));

            async Task PublishAllAsync(WireClient publisher, string name)
            {
                try
                {
                    for (int i = 0; ; i++)
                    {
                        await publisher.PublishAsync("t", $"{name} {i}", QoS.AtLeastOnce);
                        acknowledged.Enqueue($"{name} {i}");
                        if (acknowledged.Count > 50) enough.TrySetResult();
                    }
                }
                catch (WireException)
                {
                    // The broker has gone.
                }
            }
        }
    }

    private static async Task<HashSet<string>> ReceiveAllAsync(WireClient subscriber)
    {
        var received = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            while (true)
            {
                // Not acknowledged: the broker has perhaps gone, and what it has sent is still to be read.
                received.Add(Encoding.UTF8.GetString((await subscriber.ReceiveAsync<PublishPacket>()).Payload.Span));
            }
        }
        catch (WireException)
        {
            return received; // the broker has gone
        }
    }

    /// <summary>Lets the client in, but only when the test says so.</summary>
    private sealed class Pondering : BaseAuthPlugin
    {
        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override async ValueTask<Decision> AuthenticateAsync(AuthenticateContext context)
        {
            Asked.SetResult();
            await Answer.Task;
            return Decision.Allow;
        }
    }

    /// <summary>Asks once more, whatever it is told.</summary>
    private sealed class Challenging : BrokerPlugin, IEnhancedAuthPlugin
    {
        public string Method => "ASKS";

        public IAuthExchange Begin(AuthenticateContext context) => new Exchange();

        private sealed class Exchange : IAuthExchange
        {
            public ValueTask<AuthStep> ContinueAsync(ReadOnlyMemory<byte> data, CancellationToken cancel) => new(AuthStep.Challenge("more"u8.ToArray()));

            public ValueTask DisposeAsync() => default;
        }
    }
}
