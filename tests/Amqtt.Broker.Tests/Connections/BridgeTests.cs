using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Connections;

/// <summary>Clients before MQTT 5 that say in their protocol level that they are bridges, as mosquitto's do.</summary>
public sealed class BridgeTests
{
    [Theory]
    [InlineData(ProtocolVersion.V31)]
    [InlineData(ProtocolVersion.V311)]
    public async Task A_bridge_does_not_get_its_own_messages_and_others_as_they_were_retained(ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync();
        WireClient other = await broker.ConnectAsync("other");
        await other.SubscribeAsync("#");
        WireClient bridge = await ConnectAsync(broker, version);
        await bridge.SubscribeAsync("#", QoS.ExactlyOnce);

        await bridge.PublishAsync("a", "its own", QoS.ExactlyOnce);
        await bridge.PublishAsync("kept", "its own, too", QoS.AtLeastOnce, retain: true);
        await other.ExpectPublishAsync("a", "its own");
        Assert.False((await other.ExpectPublishAsync("kept", "its own, too")).Retain);
        await bridge.ExpectNothingMoreAsync();

        await other.PublishAsync("b", "passing", QoS.AtLeastOnce);
        await other.PublishAsync("b", "retained", QoS.AtLeastOnce, retain: true);
        Assert.False((await bridge.ExpectPublishAsync("b", "passing")).Retain);
        Assert.True((await bridge.ExpectPublishAsync("b", "retained")).Retain);

        // What it is belongs to the connection; a shared subscription has no No Local.
        WireClient ordinary = await broker.ConnectAsync("bridge", version);
        await ordinary.SubscribeAsync("a");
        await ordinary.PublishAsync("a", "back");
        await ordinary.ExpectPublishAsync("a", "back");
        WireClient sharing = await ConnectAsync(broker, version);
        await sharing.SubscribeAsync("$share/group/a", QoS.AtLeastOnce);
        await sharing.PublishAsync("a", "shared", QoS.AtLeastOnce);
        await sharing.ExpectPublishAsync("a", "shared");
    }

    [Fact]
    public async Task A_bridge_of_a_version_that_is_switched_off_can_read_that_it_is_refused()
    {
        await using TestBroker broker = await TestBroker.StartAsync(configure: static options => options.Mqtt31 = false);
        WireClient bridge = await broker.OpenAsync(ProtocolVersion.V31);
        await bridge.SendAsync(new ConnectPacket { Version = ProtocolVersion.V31, IsBridge = true, ClientId = "bridge", CleanStart = true });
        await bridge.ExpectHexAsync("20 02 00 01");
        await bridge.ExpectClosedAsync();
    }

    private static async Task<WireClient> ConnectAsync(TestBroker broker, ProtocolVersion version)
    {
        (WireClient client, ConnAckPacket answer) = await broker.ConnectAsync(new ConnectPacket { Version = version, IsBridge = true, ClientId = "bridge", CleanStart = true });
        Assert.Equal(ReasonCode.Success, answer.Reason);
        return client;
    }
}
