using Amqtt.Broker.Configuration;
using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Plugins;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Section 3.3.2.3.3: a message's life is counted down wherever it waits.</summary>
public sealed class Section3_3_2_ExpiryTests
{
    private static readonly MqttProperties TenSeconds = new() { MessageExpiryInterval = 10 };

    public static TheoryData<Link, QoS> LinksAndAcknowledgedQoS => new MatrixTheoryData<Link, QoS>([Link.Tcp, Link.Memory], [QoS.AtLeastOnce, QoS.ExactlyOnce]);

    [Theory, MemberData(nameof(LinksAndAcknowledgedQoS))]
    [Statement("MQTT-3.3.2-5", "MQTT-3.3.2-6")]
    public async Task It_runs_while_the_receiver_is_away(Link link, QoS qos)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        await (await SubscribedAsync(broker, qos)).DisconnectAsync();
        await publisher.PublishAsync("t", "short", qos, properties: new MqttProperties { MessageExpiryInterval = 3 });
        await publisher.PublishAsync("t", "long", qos, properties: TenSeconds);
        await publisher.PublishAsync("t", "for ever", qos);
        broker.Time.Advance(TimeSpan.FromSeconds(4));
        WireClient subscriber = await broker.ConnectPersistentAsync("subscriber");
        Assert.Equal(6u, (await subscriber.ExpectPublishAsync("t", "long")).Properties.MessageExpiryInterval);
        Assert.Null((await subscriber.ExpectPublishAsync("t", "for ever")).Properties.MessageExpiryInterval);
        await subscriber.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(LinksAndAcknowledgedQoS))]
    [Statement("MQTT-3.3.2-5", "MQTT-3.3.2-6")]
    public async Task It_runs_while_the_window_is_full(Link link, QoS qos)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        WireClient subscriber = await SubscribedAsync(broker, qos, receiveMaximum: 1);
        await publisher.PublishAsync("t", "first", qos);
        await publisher.PublishAsync("t", "short", qos, properties: new MqttProperties { MessageExpiryInterval = 4 });
        await publisher.PublishAsync("t", "long", qos, properties: TenSeconds);
        PublishPacket first = await subscriber.TakeAsync("first");
        broker.Time.Advance(TimeSpan.FromSeconds(4));
        await FinishAsync(subscriber, first);
        Assert.Equal(6u, (await subscriber.ExpectPublishAsync("t", "long")).Properties.MessageExpiryInterval);
        await subscriber.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(LinksAndAcknowledgedQoS))]
    [Statement("MQTT-4.3.3-7")]
    public async Task It_has_no_effect_once_delivery_has_begun(Link link, QoS qos)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        WireClient subscriber = await SubscribedAsync(broker, qos);
        await publisher.PublishAsync("t", "begun", qos, properties: TenSeconds);
        PublishPacket sent = await subscriber.TakeAsync("begun");
        Assert.Equal(10u, sent.Properties.MessageExpiryInterval);
        await subscriber.DisposeAsync();
        broker.Time.Advance(TimeSpan.FromSeconds(20));
        subscriber = await broker.ConnectPersistentAsync("subscriber");
        PublishPacket again = await subscriber.ExpectPublishAsync("t", "begun");
        Assert.Equal((true, sent.PacketId), (again.Dup, again.PacketId));
        await subscriber.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-4.3.3-13")]
    public async Task The_handshake_with_the_publisher_goes_on_when_it_has_run_out(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        await publisher.SendPublishAsync("t", "x", QoS.ExactlyOnce, id: 5, properties: new MqttProperties { MessageExpiryInterval = 1 });
        Assert.Equal((ushort)5, (await publisher.ReceiveAsync<PubRecPacket>()).PacketId);
        broker.Time.Advance(TimeSpan.FromSeconds(5));
        await publisher.SendPublishAsync("t", "x", QoS.ExactlyOnce, id: 5, dup: true, properties: new MqttProperties { MessageExpiryInterval = 1 });
        Assert.Equal((ushort)5, (await publisher.ReceiveAsync<PubRecPacket>()).PacketId);
        await publisher.SendAsync(new PubRelPacket { PacketId = 5 });
        await publisher.ExpectAsync(new PubCompPacket { PacketId = 5 });
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.3.2-5")]
    public async Task An_interval_of_0_has_passed_at_once(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        WireClient online = await broker.ConnectAsync("online", ProtocolVersion.V5);
        await online.SubscribeAsync("t", QoS.ExactlyOnce);
        await (await SubscribedAsync(broker, QoS.ExactlyOnce)).DisconnectAsync();
        foreach (QoS qos in Enum.GetValues<QoS>()) await publisher.PublishAsync("t", "gone", qos, retain: true, new MqttProperties { MessageExpiryInterval = 0 });
        await online.ExpectNothingMoreFromAsync(publisher);
        await online.SubscribeAsync("t"); // not retained either
        await online.ExpectNothingMoreAsync();
        WireClient subscriber = await broker.ConnectPersistentAsync("subscriber");
        await subscriber.ExpectNothingMoreAsync();
    }

    [Fact]
    [Statement("MQTT-3.3.2-6")]
    public async Task What_is_left_is_not_more_than_was_given_however_long_the_loop_has_worked()
    {
        var options = new BrokerOptions { EventLoops = 1, Plugins = new PluginCollection() };
        options.Listeners[ListenerCollection.DefaultName].Bind = new ListenEndpoint("127.0.0.1", 0);
        options.Plugins.Add("anonymous");
        await using MqttBroker broker = await MqttBroker.StartAsync(options, new BrokerServices { Time = new RestlessTime() }, TestContext.Current.CancellationToken);
        await using WireClient watcher = await WireClient.ConnectTcpAsync(broker.Endpoints[ListenerCollection.DefaultName].First());
        await watcher.ConnectAsync("watcher", ProtocolVersion.V5);
        await watcher.SubscribeAsync("w", QoS.AtMostOnce);
        await using WireClient client = await WireClient.ConnectTcpAsync(broker.Endpoints[ListenerCollection.DefaultName].First());
        await client.ConnectAsync("c", ProtocolVersion.V5, will: new WillMessage { Topic = "w", Payload = "gone"u8.ToArray(), Properties = TenSeconds });
        await client.DisconnectAsync(ReasonCode.DisconnectWithWillMessage);
        Assert.Equal(10u, (await watcher.ExpectPublishAsync("w", "gone")).Properties.MessageExpiryInterval);
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.3.2-6")]
    public async Task What_is_left_is_rounded_up_and_the_largest_interval_is_no_exception(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        await (await SubscribedAsync(broker, QoS.AtLeastOnce)).DisconnectAsync();
        await publisher.PublishAsync("t", "nearly gone", QoS.AtLeastOnce, properties: TenSeconds);
        await publisher.PublishAsync("t", "136 years", QoS.AtLeastOnce, properties: new MqttProperties { MessageExpiryInterval = uint.MaxValue });
        broker.Time.Advance(TimeSpan.FromSeconds(9.9));
        WireClient subscriber = await broker.ConnectPersistentAsync("subscriber");
        Assert.Equal(1u, (await subscriber.ExpectPublishAsync("t", "nearly gone")).Properties.MessageExpiryInterval);
        Assert.Equal(uint.MaxValue - 9, (await subscriber.ExpectPublishAsync("t", "136 years")).Properties.MessageExpiryInterval);
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.3.2-5")]
    public async Task It_holds_for_receivers_that_cannot_be_told(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        WireClient subscriber = await broker.ConnectPersistentAsync("old", ProtocolVersion.V311);
        await subscriber.SubscribeAsync("t", QoS.AtLeastOnce);
        await subscriber.DisconnectAsync();
        await publisher.PublishAsync("t", "gone", QoS.AtLeastOnce, properties: TenSeconds);
        await publisher.PublishAsync("t", "stays", QoS.AtLeastOnce);
        broker.Time.Advance(TimeSpan.FromSeconds(10));
        subscriber = await broker.ConnectPersistentAsync("old", ProtocolVersion.V311);
        await subscriber.ExpectPublishAsync("t", "stays");
        await subscriber.ExpectNothingMoreAsync();
    }

    private static async Task<WireClient> SubscribedAsync(TestBroker broker, QoS qos, ushort? receiveMaximum = null)
    {
        WireClient subscriber = await broker.ConnectPersistentAsync("subscriber", receiveMaximum: receiveMaximum);
        await subscriber.SubscribeAsync("t", qos);
        return subscriber;
    }

    private static async Task FinishAsync(WireClient subscriber, PublishPacket message)
    {
        if (message.QoS == QoS.AtLeastOnce)
        {
            await subscriber.SendAsync(new PubAckPacket { PacketId = message.PacketId });
            return;
        }

        await subscriber.SendAsync(new PubRecPacket { PacketId = message.PacketId });
        await subscriber.ExpectAsync(new PubRelPacket { PacketId = message.PacketId });
        await subscriber.SendAsync(new PubCompPacket { PacketId = message.PacketId });
    }

    /// <summary>Never the same twice: a millisecond goes by with each look at the clock.</summary>
    private sealed class RestlessTime : TimeProvider
    {
        private long _milliseconds;

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => Interlocked.Increment(ref _milliseconds);
    }
}
