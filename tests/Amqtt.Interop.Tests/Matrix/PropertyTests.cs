using System.Threading.Channels;

using Amqtt.Interop.Tests.Brokers;
using Amqtt.Interop.Tests.Clients;
using Amqtt.Interop.Tests.Processes;

using MQTTnet;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Amqtt.Interop.Tests.Matrix;

/// <summary>What MQTT 5 adds to a message arrives as it was sent, as a foreign client reads it.</summary>
public sealed class PropertyTests(SharedBroker broker)
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Properties_arrive_unchanged_with_the_identifier_of_the_subscription(int qos)
    {
        using var patience = Patience.Begin();
        var topic = $"properties/{Guid.NewGuid():N}";
        var received = Channel.CreateUnbounded<MqttApplicationMessage>();
        using var subscriber = new MqttClientFactory().CreateMqttClient();
        subscriber.ApplicationMessageReceivedAsync += e =>
        {
            received.Writer.TryWrite(e.ApplicationMessage);
            return Task.CompletedTask;
        };
        await subscriber.ConnectAsync(MqttNetClient.Options(broker.Plain, MqttVersion.V5).Build(), patience.Token);
        await subscriber.SubscribeAsync(
            new MqttClientSubscribeOptionsBuilder().WithTopicFilter(topic, (MqttQualityOfServiceLevel)qos).WithSubscriptionIdentifier(268_435_455).Build(),
            patience.Token);

        using var publisher = new MqttClientFactory().CreateMqttClient();
        await publisher.ConnectAsync(MqttNetClient.Options(broker.Plain, MqttVersion.V5).Build(), patience.Token);
        await publisher.PublishAsync(
            new MqttApplicationMessageBuilder()
                .WithTopic(topic)
                .WithPayload("{}")
                .WithQualityOfServiceLevel((MqttQualityOfServiceLevel)qos)
                .WithPayloadFormatIndicator(MqttPayloadFormatIndicator.CharacterData)
                .WithContentType("application/json")
                .WithResponseTopic("answers/here")
                .WithCorrelationData([0, 1, 255])
                .WithMessageExpiryInterval(3600)
                .WithUserProperty("twice", "first"u8.ToArray())
                .WithUserProperty("ключ", "значение"u8.ToArray())
                .WithUserProperty("twice", "second"u8.ToArray())
                .Build(),
            patience.Token);

        var message = await received.Reader.ReadAsync(patience.Token);
        Assert.Equal(MqttPayloadFormatIndicator.CharacterData, message.PayloadFormatIndicator);
        Assert.Equal("application/json", message.ContentType);
        Assert.Equal("answers/here", message.ResponseTopic);
        Assert.Equal([0, 1, 255], message.CorrelationData.ToArray());
        // [MQTT-3.3.2-6]: less the time it waited in the broker, which was hardly any.
        Assert.InRange(message.MessageExpiryInterval, 3500u, 3600u);
        Assert.Equal([("twice", "first"), ("ключ", "значение"), ("twice", "second")], message.UserProperties.Select(Pair));
        Assert.Equal([268_435_455u], message.SubscriptionIdentifiers);
    }

    private static (string Name, string Value) Pair(MqttUserProperty property) => (property.Name, property.ReadValueAsString());
}
