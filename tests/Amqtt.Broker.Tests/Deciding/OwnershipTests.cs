using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Deciding;

/// <summary>PF-10: a session belongs to its identity; a claim of its client id by another one leaves everything untouched.</summary>
public sealed class OwnershipTests
{
    [Theory]
    [InlineData(ProtocolVersion.V311, false)]
    [InlineData(ProtocolVersion.V5, false)]
    [InlineData(ProtocolVersion.V311, true)]
    [InlineData(ProtocolVersion.V5, true)]
    public async Task PF_10_a_client_id_of_another_identity_is_refused_and_nothing_is_taken_over(ProtocolVersion version, bool isOnline)
    {
        var events = new EventRecorder();
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, events);
        (WireClient alice, _) = await broker.ConnectAsync(Connect(ProtocolVersion.V5, "alice", cleanStart: false));
        await alice.SubscribeAsync("t", QoS.AtLeastOnce);
        WireClient sender = await broker.ConnectAsync("sender");
        if (!isOnline)
        {
            await alice.DisconnectAsync(ReasonCode.Success);
            await sender.PublishAsync("t", "queued", QoS.AtLeastOnce);
        }

        WireClient mallory = await broker.OpenAsync(version);
        await mallory.SendAsync(Connect(version, "mallory", cleanStart: true));
        if (version == ProtocolVersion.V5) Assert.Equal(ReasonCode.ClientIdentifierNotValid, (await mallory.ReceiveAsync<ConnAckPacket>()).Reason);
        else await mallory.ExpectHexAsync("20 02 00 02");
        await mallory.ExpectClosedAsync();

        if (isOnline)
        {
            await sender.PublishAsync("t", "live", QoS.AtLeastOnce);
            await alice.ExpectPublishAsync("t", "live");
            await alice.ExpectNothingMoreAsync();
        }
        else
        {
            (alice, ConnAckPacket answer) = await broker.ConnectAsync(Connect(ProtocolVersion.V5, "alice", cleanStart: false));
            Assert.True(answer.SessionPresent);
            await alice.ExpectPublishAsync("t", "queued");
        }

        List<string> told = await events.TakeUntilAsync("refused shared ClientIdentifierNotValid");
        Assert.DoesNotContain(told, static what => what.StartsWith("session shared D", StringComparison.Ordinal) || what.Contains("TakenOver", StringComparison.Ordinal));
        Assert.Contains(broker.Log.Lines, static line => line.Text.Contains("belongs to another user", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_identity_that_a_plugin_sets_counts_in_the_place_of_the_user_name()
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, new Authenticates(static context =>
        {
            context.Identity = "team";
            return true;
        }));
        await broker.ConnectAsync(Connect(ProtocolVersion.V5, "alice", cleanStart: false));
        (_, ConnAckPacket answer) = await broker.ConnectAsync(Connect(ProtocolVersion.V5, "bob", cleanStart: false));
        Assert.True(answer.SessionPresent);
        Assert.Equal("team", broker.Broker.FindSession("shared")?.Identity);
    }

    private static ConnectPacket Connect(ProtocolVersion version, string user, bool cleanStart) => new()
    {
        Version = version,
        ClientId = "shared",
        UserName = user,
        CleanStart = cleanStart,
        Will = user == "mallory" ? new WillMessage { Topic = "t", Payload = "mallory's"u8.ToArray() } : null,
        Properties = version == ProtocolVersion.V5 ? new MqttProperties { SessionExpiryInterval = 600 } : MqttProperties.Empty,
    };
}
