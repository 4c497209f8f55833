using Amqtt.Interop.Tests.Brokers;
using Amqtt.Interop.Tests.Clients;

namespace Amqtt.Interop.Tests.Matrix;

/// <summary>What every foreign client has to be able to do, in every version it speaks, over TCP and TLS. One subclass a client.</summary>
public abstract class ForeignClientTests
{
    private readonly ForeignClient _client;
    private readonly SharedBroker _broker;
    private readonly string _topic = $"interop/{Guid.NewGuid():N}";

    private protected ForeignClientTests(ForeignClient client, SharedBroker broker)
    {
        (_client, _broker) = (client, broker);
        client.Require();
    }

    public static MatrixTheoryData<MqttVersion, Transport, int> VersionsTransportsAndQoS() => new(Enum.GetValues<MqttVersion>(), Enum.GetValues<Transport>(), [0, 1, 2]);

    public static MatrixTheoryData<MqttVersion, Transport> VersionsAndTransports() => new(Enum.GetValues<MqttVersion>(), Enum.GetValues<Transport>());

    [Theory]
    [MemberData(nameof(VersionsTransportsAndQoS))]
    public async Task Messages_arrive_once_in_order_at_their_QoS(MqttVersion version, Transport transport, int qos)
    {
        string[] payloads = ["one", "two", "drei – vier", new string('x', 100_000), "last"];
        await using var subscription = await _client.SubscribeAsync(_broker[transport], version, _topic + "/+", qos, payloads.Length);

        await _client.PublishAsync(_broker[transport], version, new Outgoing(_topic + "/a", qos, Retain: false, payloads));

        var expected = payloads.Select(payload => new Received(_topic + "/a", qos, Retain: false, payload));
        Assert.Equal(expected, await subscription.MessagesAsync());
    }

    [Theory]
    [MemberData(nameof(VersionsAndTransports))]
    public async Task A_later_subscriber_gets_the_retained_message_until_it_is_cleared(MqttVersion version, Transport transport)
    {
        await _client.PublishAsync(_broker[transport], version, new Outgoing(_topic, 1, Retain: true, "old", "kept"));

        await using (var later = await _client.SubscribeAsync(_broker[transport], version, _topic, 1, count: 1))
            Assert.Equal([new Received(_topic, 1, Retain: true, "kept")], await later.MessagesAsync());

        await _client.PublishAsync(_broker[transport], version, new Outgoing(_topic, 1, Retain: true, ""));
        await using var afterwards = await _client.SubscribeAsync(_broker[transport], version, _topic, 1, count: 1);
        await _client.PublishAsync(_broker[transport], version, new Outgoing(_topic, 1, Retain: false, "live"));
        Assert.Equal([new Received(_topic, 1, Retain: false, "live")], await afterwards.MessagesAsync());
    }

    [Theory]
    [MemberData(nameof(VersionsAndTransports))]
    public async Task A_client_that_dies_leaves_its_will_and_one_that_leaves_does_not(MqttVersion version, Transport transport)
    {
        await using var watcher = await _client.SubscribeAsync(_broker[transport], version, _topic + "/#", 1, count: 2);

        await _client.LeaveWithWillAsync(_broker[transport], version, new Will(_topic + "/left", 1, Retain: false, "never sent"));
        await _client.DieWithWillAsync(_broker[transport], version, new Will(_topic + "/died", 1, Retain: true, "remember me"));
        // Bridges the will, which comes when the broker notices, and whatever it would wrongly send for the other.
        await using var witness = await _client.SubscribeAsync(_broker[transport], version, _topic + "/died", 1, count: 1);
        Assert.Equal("remember me", Assert.Single(await witness.MessagesAsync()).Payload);
        await _client.PublishAsync(_broker[transport], version, new Outgoing(_topic + "/end", 1, Retain: false, "end"));

        Assert.Equal(
            [new Received(_topic + "/died", 1, Retain: false, "remember me"), new Received(_topic + "/end", 1, Retain: false, "end")],
            await watcher.MessagesAsync());
    }
}
