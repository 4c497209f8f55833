using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Section 4.8.2 with plugins on the way to the members: what one of them does not get, another one gets, and as it was published.</summary>
public sealed class Section4_8_SharedScreenTests
{
    public static TheoryData<Link, bool> LinksAndPersistence => new MatrixTheoryData<Link, bool>([Link.Tcp, Link.Memory], [false, true]);

    [Theory, MemberData(nameof(LinksAndPersistence))]
    [Statement("prose:4.8.2a")]
    public async Task What_waits_for_a_plugin_goes_to_another_member_when_its_own_leaves(Link link, bool persists)
    {
        var asked = new TaskCompletionSource();
        var answer = new TaskCompletionSource();
        var plugin = new TransformPlugin
        {
            Deliver = context =>
            {
                if (!string.Equals(context.Session.ClientId, "leaves", StringComparison.Ordinal)) return default;
                asked.TrySetResult();
                return new ValueTask(answer.Task);
            },
        };
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, plugin);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        WireClient leaves = persists ? await broker.ConnectPersistentAsync("leaves") : await broker.ConnectAsync("leaves", ProtocolVersion.V5);
        await leaves.SubscribeAsync("$share/g/t", QoS.AtLeastOnce);
        for (int i = 0; i < 3; i++) await publisher.PublishAsync("t", $"{i}", QoS.AtLeastOnce);
        await asked.Task;
        WireClient stays = await broker.ConnectAsync("stays", ProtocolVersion.V5);
        await stays.SubscribeAsync("$share/g/t", QoS.AtLeastOnce);
        await leaves.DisconnectAsync();
        answer.SetResult();
        var received = new List<string>();
        for (int i = 0; i < 3; i++) received.Add((await stays.ReceivePublishAsync()).Text());
        Assert.Equal(["0", "1", "2"], received.Order(StringComparer.Ordinal));
        await stays.ExpectNothingMoreFromAsync(publisher);
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task What_plugins_changed_for_one_member_goes_to_another_as_it_was_published(Link link)
    {
        var plugin = new TransformPlugin { Deliver = TransformPlugin.Now<DeliverContext>(static context => context.Topic += "/" + context.Session.ClientId) };
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, plugin);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);

        WireClient first = await broker.ConnectAsync("first", ProtocolVersion.V5, properties: new MqttProperties { ReceiveMaximum = 1 });
        await first.SubscribeAsync("$share/g/#", QoS.AtLeastOnce);
        await publisher.PublishAsync("flying", "m", QoS.AtLeastOnce);
        Assert.Equal("flying/first", (await first.ReceiveAsync<PublishPacket>()).Topic); // and does not acknowledge it
        await publisher.PublishAsync("waiting", "m", QoS.AtLeastOnce);
        WireClient second = await broker.ConnectAsync("second", ProtocolVersion.V5);
        await second.SubscribeAsync("$share/g/#", QoS.AtLeastOnce);
        await first.DisconnectAsync();
        await second.ExpectPublishAsync("flying/second", "m");
        await second.ExpectPublishAsync("waiting/second", "m");
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task What_is_too_large_for_one_member_once_it_is_changed_goes_to_another_as_it_was_published(Link link)
    {
        string added = new('x', 100);
        var plugin = new TransformPlugin { Deliver = TransformPlugin.Now<DeliverContext>(context => context.AddUserProperty(context.Session.ClientId, added)) };
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, plugin);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        WireClient small = await broker.ConnectAsync("small", ProtocolVersion.V5, properties: new MqttProperties { MaximumPacketSize = 100 });
        await small.SubscribeAsync("$share/g/t", QoS.AtLeastOnce);
        WireClient large = await broker.ConnectAsync("large", ProtocolVersion.V5);
        await large.SubscribeAsync("$share/g/t", QoS.AtLeastOnce);
        await publisher.PublishAsync("t", "1", QoS.AtLeastOnce);
        await publisher.PublishAsync("t", "2", QoS.AtLeastOnce);
        for (int i = 0; i < 2; i++) Assert.Equal("large", Assert.Single((await large.ReceivePublishAsync()).Properties.UserProperties).Name);
    }
}
