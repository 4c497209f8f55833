using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Runtime.Plugins;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Plugins;

/// <summary>A plugin that mostly fails is not called for a while; one with few places is not called more often than it wants.</summary>
public sealed class BreakerTests
{
    [Fact]
    public async Task PF_17_a_breaker_opens_rejects_at_once_and_recovers_by_one_probe()
    {
        int calls = 0;
        bool isBroken = true;
        var plugin = new TransformPlugin
        {
            Publish = _ =>
            {
                calls++;
                return isBroken ? throw new InvalidOperationException("as told") : default;
            },
        };
        await using TestBroker broker = await TestBroker.StartAsync(Link.Tcp, configure: null, plugin);
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        for (int i = 0; i < 25; i++) Assert.Equal(ReasonCode.ImplementationSpecificError, await PublishAsync());
        Assert.Equal(20, calls);
        Assert.Contains(broker.Log.Lines, static line => line.Text.Contains("Publish mostly fails and is not called for 00:00:05", StringComparison.Ordinal));

        broker.Time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(ReasonCode.ImplementationSpecificError, await PublishAsync());
        Assert.Equal(20, calls);

        broker.Time.Advance(TimeSpan.FromSeconds(1)); // the probe fails
        for (int i = 0; i < 3; i++) Assert.Equal(ReasonCode.ImplementationSpecificError, await PublishAsync());
        Assert.Equal(21, calls);

        isBroken = false;
        broker.Time.Advance(TimeSpan.FromSeconds(5)); // the probe succeeds
        for (int i = 0; i < 3; i++) Assert.Equal(ReasonCode.NoMatchingSubscribers, await PublishAsync());
        Assert.Equal(24, calls);
        Assert.Contains(broker.Log.Lines, static line => line.Text == "Plugin TransformPlugin: Publish works again.");

        Task<ReasonCode> PublishAsync() => client.PublishAsync("t", "x", QoS.AtLeastOnce);
    }

    [Fact]
    public async Task Calls_beyond_the_places_of_a_plugin_wait_for_their_turn()
    {
        var gate = new TaskCompletionSource();
        int underWay = 0, most = 0;
        var plugin = new TransformPlugin
        {
            Publish = async _ =>
            {
                int now = Interlocked.Increment(ref underWay);
                most = Math.Max(most, now);
                await gate.Task;
                Interlocked.Decrement(ref underWay);
            },
        };
        await using TestBroker broker = await TestBroker.StartAsync(Link.Tcp, options => options.Plugins.Add(plugin, new PluginSettings { MaxConcurrency = 2 }));
        var clients = new List<WireClient>(); // before the places are taken: connecting is transformed too
        for (int i = 0; i < 5; i++) clients.Add(await broker.ConnectAsync($"c{i}", ProtocolVersion.V5));
        List<Task<ReasonCode>> publishing = clients.ConvertAll(static client => client.PublishAsync("t", "x", QoS.AtLeastOnce));
        while (Volatile.Read(ref underWay) < 2) await Task.Yield();
        gate.SetResult();
        Assert.All(await Task.WhenAll(publishing), static reason => Assert.Equal(ReasonCode.NoMatchingSubscribers, reason));
        Assert.Equal(2, most);
    }
}
