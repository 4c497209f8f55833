using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Plugins;

/// <summary>
/// PF-8: a plugin that throws, hangs or blocks, in every hook. What the client sees is what the table says, and another client sees nothing of it, neither while the hook is pending nor after.
/// </summary>
public sealed class FaultMatrixTests
{
    private const string Victim = FaultyPlugin.Victim;

    public static TheoryData<Hook, Fault, ProtocolVersion> Answering => new MatrixTheoryData<Hook, Fault, ProtocolVersion>(
        [
            Hook.Authenticate, Hook.FilterTopic, Hook.Connect, Hook.Subscribe, Hook.Unsubscribe, Hook.Publish, Hook.Deliver, Hook.Will, Hook.Acknowledge, Hook.Disconnect,
        ],
        Enum.GetValues<Fault>(),
        [ProtocolVersion.V311, ProtocolVersion.V5]);

    public static TheoryData<Hook, Fault> Observing => new MatrixTheoryData<Hook, Fault>(
        Enum.GetValues<Hook>().Where(static hook => hook is >= Hook.MqttPacketReceived and <= Hook.BrokerMessageStage), Enum.GetValues<Fault>());

    [Theory, MemberData(nameof(Answering))]
    public async Task PF_8_a_fault_where_the_broker_waits_for_an_answer(Hook hook, Fault fault, ProtocolVersion version)
    {
        var plugin = new FaultyPlugin(hook, fault);
        await using TestBroker broker = await TestBroker.StartAsync(Link.Tcp, configure: null, plugin);
        WireClient other = await broker.ConnectAsync("other", ProtocolVersion.V5);
        try
        {
            Task outcome = OutcomeAsync(hook, broker, version, other, plugin);
            await plugin.HasFailed.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            if (hook is not (Hook.Deliver or Hook.Will)) await IsServedAsync(other); // those use it themselves
            await broker.PassTimeUntilAsync(outcome);
            await IsServedAsync(other);
            Assert.Contains(broker.Log.Lines, line => line.Text.StartsWith($"Plugin FaultyPlugin: {hook} ", StringComparison.Ordinal));
        }
        finally
        {
            plugin.Release();
        }
    }

    [Theory, MemberData(nameof(Observing))]
    public async Task PF_8_a_fault_where_the_broker_only_tells(Hook hook, Fault fault)
    {
        var plugin = new FaultyPlugin(hook, fault);
        await using TestBroker broker = await TestBroker.StartAsync(Link.Tcp, configure: null, plugin, new DeniesTheRefused());
        try
        {
            WireClient victim = await broker.ConnectAsync(Victim, ProtocolVersion.V5);
            await victim.SubscribeAsync("t", QoS.AtLeastOnce);
            await victim.PublishAsync("t", "1", QoS.ExactlyOnce, retain: true);
            await victim.ExpectPublishAsync("t", "1");
            await victim.UnsubscribeAsync("t");
            await victim.DisconnectAsync();
            (_, ConnAckPacket answer) = await broker.ConnectAsync(new ConnectPacket { ClientId = Victim, UserName = "refused", CleanStart = true });
            Assert.Equal(ReasonCode.NotAuthorized, answer.Reason);
            await plugin.HasFailed.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            await IsServedAsync(await broker.ConnectAsync("other", ProtocolVersion.V5));
        }
        finally
        {
            plugin.Release();
        }
    }

    private static async Task OutcomeAsync(Hook hook, TestBroker broker, ProtocolVersion version, WireClient other, FaultyPlugin plugin)
    {
        switch (hook)
        {
            case Hook.Authenticate or Hook.Connect:
                (WireClient refused, ConnAckPacket answer) = await broker.ConnectAsync(new ConnectPacket { Version = version, ClientId = Victim, CleanStart = true });
                Assert.Equal(ReasonCode.ServerUnavailable, answer.Reason); // 0x88, 0x03
                await refused.ExpectClosedAsync();
                return;
            case Hook.Will:
                await other.SubscribeAsync("will");
                await (await broker.ConnectAsync(Victim, version, will: new WillMessage { Topic = "will" })).DisposeAsync();
                await plugin.HasFailed.Task;
                while (!broker.Log.Lines.Any(static line => line.Text.StartsWith("Plugin FaultyPlugin: Will ", StringComparison.Ordinal))) await Task.Delay(5);
                await other.ExpectNothingMoreAsync();
                return;
        }

        WireClient victim = await broker.ConnectAsync(Victim, version);
        bool isV5 = version == ProtocolVersion.V5;
        switch (hook)
        {
            case Hook.Publish or Hook.FilterTopic:
                await victim.SendAsync(new PublishPacket { Topic = "bad", QoS = QoS.AtLeastOnce, PacketId = 1 });
                if (isV5) await victim.ExpectAsync(new PubAckPacket { PacketId = 1, Reason = ReasonCode.ImplementationSpecificError });
                else await victim.ExpectClosedAsync();
                return;
            case Hook.Acknowledge:
                await victim.SendAsync(new PublishPacket { Topic = "t", QoS = QoS.AtLeastOnce, PacketId = 1 });
                await victim.ExpectAsync(new PubAckPacket { PacketId = 1, Reason = isV5 ? ReasonCode.NoMatchingSubscribers : ReasonCode.Success });
                return;
            case Hook.Subscribe:
                await victim.SendAsync(new SubscribePacket { PacketId = 1, Subscriptions = [new("a", default), new("b", default)] });
                Assert.Equal([ReasonCode.UnspecifiedError, ReasonCode.UnspecifiedError], (await victim.ReceiveAsync<SubAckPacket>()).Reasons);
                return;
            case Hook.Unsubscribe:
                await victim.SendAsync(new UnsubscribePacket { PacketId = 1, Filters = ["a"] });
                if (isV5) Assert.Equal([ReasonCode.UnspecifiedError], (await victim.ReceiveAsync<UnsubAckPacket>()).Reasons);
                else await victim.ExpectClosedAsync();
                return;
            case Hook.Deliver:
                // In order for the receiver with the fault, at once for the other one, and the publisher does not wait.
                await victim.SubscribeAsync("t");
                await other.SubscribeAsync("t");
                Assert.Equal(ReasonCode.Success, await other.PublishAsync("t", "bad", QoS.AtLeastOnce));
                await other.ExpectPublishAsync("t", "bad");
                await other.PublishAsync("t", "good", QoS.AtLeastOnce);
                await other.ExpectPublishAsync("t", "good");
                await victim.ExpectPublishAsync("t", "good");
                return;
            case Hook.Disconnect:
                await victim.DisconnectAsync();
                return;
            default:
                throw new InvalidOperationException($"{hook} is not in the matrix");
        }
    }

    private static async Task IsServedAsync(WireClient client)
    {
        await client.SubscribeAsync("ok", QoS.AtLeastOnce);
        Assert.Equal(ReasonCode.Success, await client.PublishAsync("ok", "x", QoS.ExactlyOnce));
        await client.ExpectPublishAsync("ok", "x");
        await client.UnsubscribeAsync("ok");
    }

    private sealed class DeniesTheRefused : BaseAuthPlugin
    {
        public override ValueTask<Decision> AuthenticateAsync(AuthenticateContext context) => context.UserName == "refused" ? Decision.Deny() : Decision.NoOpinion;
    }
}
