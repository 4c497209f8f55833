using Amqtt.Interop.Tests.Brokers;
using Amqtt.Interop.Tests.Clients;

namespace Amqtt.Interop.Tests.Matrix;

/// <summary>What every foreign client has to be able to do, whatever lies between it and the broker.</summary>
internal sealed class ClientBehaviour(ForeignClient client, Target broker, MqttVersion version)
{
    private readonly string _topic = $"interop/{Guid.NewGuid():N}";

    public async Task MessagesArriveOnceInOrderAsync(int qos)
    {
        string[] payloads = ["one", "two", "drei – vier", new string('x', 100_000), "last"];
        await using var subscription = await client.SubscribeAsync(broker, version, _topic + "/+", qos, payloads.Length);

        await client.PublishAsync(broker, version, new Outgoing(_topic + "/a", qos, Retain: false, payloads));

        var expected = payloads.Select(payload => new Received(_topic + "/a", qos, Retain: false, payload));
        Assert.Equal(expected, await subscription.MessagesAsync());
    }

    public async Task RetainedMessagesAreKeptUntilClearedAsync()
    {
        await client.PublishAsync(broker, version, new Outgoing(_topic, 1, Retain: true, "old", "kept"));

        await using (var later = await client.SubscribeAsync(broker, version, _topic, 1, count: 1))
            Assert.Equal([new Received(_topic, 1, Retain: true, "kept")], await later.MessagesAsync());

        await client.PublishAsync(broker, version, new Outgoing(_topic, 1, Retain: true, ""));
        await using var afterwards = await client.SubscribeAsync(broker, version, _topic, 1, count: 1);
        await client.PublishAsync(broker, version, new Outgoing(_topic, 1, Retain: false, "live"));
        Assert.Equal([new Received(_topic, 1, Retain: false, "live")], await afterwards.MessagesAsync());
    }

    public async Task TheWillOfWhoDiesIsSentAndOfWhoLeavesIsNotAsync()
    {
        await using var watcher = await client.SubscribeAsync(broker, version, _topic + "/#", 1, count: 2);

        await client.LeaveWithWillAsync(broker, version, new Will(_topic + "/left", 1, Retain: false, "never sent"));
        await client.DieWithWillAsync(broker, version, new Will(_topic + "/died", 1, Retain: true, "remember me"));
        // Bridges the will, which comes when the broker notices, and whatever it would wrongly send for the other.
        await using var witness = await client.SubscribeAsync(broker, version, _topic + "/died", 1, count: 1);
        Assert.Equal("remember me", Assert.Single(await witness.MessagesAsync()).Payload);
        await client.PublishAsync(broker, version, new Outgoing(_topic + "/end", 1, Retain: false, "end"));

        Assert.Equal(
            [new Received(_topic + "/died", 1, Retain: false, "remember me"), new Received(_topic + "/end", 1, Retain: false, "end")],
            await watcher.MessagesAsync());
    }
}
