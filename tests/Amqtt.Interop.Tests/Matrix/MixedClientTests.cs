using Amqtt.Interop.Tests.Brokers;
using Amqtt.Interop.Tests.Clients;

namespace Amqtt.Interop.Tests.Matrix;

/// <summary>Clients of different makers, versions and transports talk to each other: the broker translates.</summary>
public sealed class MixedClientTests(SharedBroker broker)
{
    private static readonly Dictionary<string, ForeignClient> Clients = new()
    {
        ["mosquitto"] = new MosquittoClient(),
        ["paho"] = new PahoClient(),
        ["MQTTnet"] = new MqttNetClient(),
        ["MQTT.js"] = new MqttJsClient(),
    };

    public static TheoryData<string, MqttVersion, string, MqttVersion> Pairs()
    {
        var pairs = new TheoryData<string, MqttVersion, string, MqttVersion>();
        foreach (var publisher in Clients.Keys)
        {
            foreach (var subscriber in Clients.Keys.Where(name => name != publisher))
            {
                pairs.Add(publisher, MqttVersion.V5, subscriber, MqttVersion.V311);
                pairs.Add(publisher, MqttVersion.V31, subscriber, MqttVersion.V5);
            }
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_message_crosses_makers_versions_and_transports(string publisher, MqttVersion publisherVersion, string subscriber, MqttVersion subscriberVersion)
    {
        Clients[publisher].Require();
        Clients[subscriber].Require();
        var topic = $"mixed/{Guid.NewGuid():N}";
        await using var subscription = await Clients[subscriber].SubscribeAsync(broker.Tls, subscriberVersion, topic, 2, count: 2);

        await Clients[publisher].PublishAsync(broker.Plain, publisherVersion, new Outgoing(topic, 2, Retain: false, "across", "und zurück"));

        Assert.Equal([new Received(topic, 2, Retain: false, "across"), new Received(topic, 2, Retain: false, "und zurück")], await subscription.MessagesAsync());
    }
}
