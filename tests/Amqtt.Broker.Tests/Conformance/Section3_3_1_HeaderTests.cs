using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Section 3.3.1: DUP and QoS of what the broker sends.</summary>
public sealed class Section3_3_1_HeaderTests
{
    public static TheoryData<Link, ProtocolVersion, QoS> LinksVersionsAndAcknowledgedQoS => new MatrixTheoryData<Link, ProtocolVersion, QoS>(
        [Link.Tcp, Link.Memory], [ProtocolVersion.V311, ProtocolVersion.V5], [QoS.AtLeastOnce, QoS.ExactlyOnce]);

    [Theory, MemberData(nameof(LinksVersionsAndAcknowledgedQoS))]
    [Statement("MQTT-3.3.1-1", "MQTT-4.3.2-1", "MQTT-4.3.2-2", "MQTT-4.3.2-3", "MQTT-4.3.3-1", "MQTT-4.3.3-2", "MQTT-4.3.3-3", "v4:3.3.1-1", "v4:4.3.2-1")]
    public async Task Dup_is_set_on_redelivery_and_only_then(Link link, ProtocolVersion version, QoS qos)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", version);
        WireClient subscriber = await broker.ConnectPersistentAsync("subscriber", version);
        await subscriber.SubscribeAsync("t", qos);
        await publisher.PublishAsync("t", "1", qos);
        await publisher.PublishAsync("t", "2", qos);
        PublishPacket first = await subscriber.TakeAsync("1");
        PublishPacket second = await subscriber.TakeAsync("2");
        Assert.All([first, second], message => Assert.Equal((qos, false), (message.QoS, message.Dup)));
        Assert.NotEqual(0, first.PacketId);
        Assert.NotEqual(first.PacketId, second.PacketId);
        await subscriber.ExpectNothingMoreAsync(); // no resend while the connection lasts

        await subscriber.DisposeAsync();
        subscriber = await broker.ConnectPersistentAsync("subscriber", version);
        foreach (PublishPacket sent in new[] { first, second })
        {
            PublishPacket again = await subscriber.TakeAsync(sent.Text());
            Assert.Equal((qos, true, sent.PacketId), (again.QoS, again.Dup, again.PacketId));
        }

        await subscriber.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(LinksVersionsAndAcknowledgedQoS))]
    [Statement("MQTT-3.3.1-3", "v4:3.3.1-3")]
    public async Task P_C26_dup_of_the_publisher_is_not_passed_on(Link link, ProtocolVersion version, QoS qos)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", version);
        WireClient subscriber = await broker.ConnectAsync("subscriber", version);
        await subscriber.SubscribeAsync("t", QoS.ExactlyOnce);
        await publisher.SendPublishAsync("t", "x", qos, id: 9, dup: true);
        PublishPacket message = await subscriber.TakeAsync("x");
        Assert.Equal((qos, false), (message.QoS, message.Dup));
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.3.1-2", "MQTT-4.3.1-1", "v4:3.3.1-2", "v4:4.3.1-1")]
    public async Task QoS_0_has_dup_0_and_no_packet_identifier(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", version);
        WireClient subscriber = await broker.ConnectAsync("subscriber", version);
        await subscriber.SubscribeAsync("t");
        await publisher.SendPublishAsync("t", "x", QoS.AtLeastOnce, id: 9, dup: true);
        await subscriber.ExpectHexAsync(version == ProtocolVersion.V5 ? "30 05 00 01 74 00 78" : "30 04 00 01 74 78");
        await publisher.SendPublishAsync("t", "x");
        await subscriber.ExpectHexAsync(version == ProtocolVersion.V5 ? "30 05 00 01 74 00 78" : "30 04 00 01 74 78");
    }
}
