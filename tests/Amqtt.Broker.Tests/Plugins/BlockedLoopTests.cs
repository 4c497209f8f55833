using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Plugins;

/// <summary>A hook that has earned the event loops and then blocks one: it is named while it does.</summary>
public sealed class BlockedLoopTests
{
    private const int CallsToEarn = 1000;

    [Fact]
    public async Task A_hook_that_blocks_its_loop_is_named_once_while_it_does()
    {
        using var release = new ManualResetEventSlim();
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var plugin = new TransformPlugin
        {
            Publish = TransformPlugin.Now<PublishContext>(context =>
            {
                if (context.Topic != "blocks") return;
                entered.SetResult();
                release.Wait(CancellationToken.None);
            }),
        };
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(Link.Memory, configure: null, plugin);
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        for (int i = 0; i < CallsToEarn; i++) await client.PublishAsync("t", "x", QoS.AtLeastOnce);
        Assert.Contains(broker.Log.Lines, static line => line.Text == "Plugin TransformPlugin: Publish is quick enough to be called on the event loops.");

        Task<ReasonCode> blocked = client.PublishAsync("blocks", "x", QoS.AtLeastOnce);
        await entered.Task;
        for (int i = 0; i < 4; i++) broker.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Single(broker.Log.Lines, static line => line.Text.StartsWith("Plugin TransformPlugin: Publish has been blocking an event loop for 00:00:01", StringComparison.Ordinal));

        release.Set();
        Assert.Equal(ReasonCode.NoMatchingSubscribers, await blocked);
        Assert.Equal(ReasonCode.NoMatchingSubscribers, await client.PublishAsync("t", "x", QoS.AtLeastOnce));
    }
}
