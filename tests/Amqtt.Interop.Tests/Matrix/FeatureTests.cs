using System.Globalization;
using System.Text;
using System.Threading.Channels;

using Amqtt.Interop.Tests.Brokers;
using Amqtt.Interop.Tests.Clients;
using Amqtt.Interop.Tests.Processes;

using MQTTnet;
using MQTTnet.Protocol;

namespace Amqtt.Interop.Tests.Matrix;

/// <summary>What MQTT 5 added, as foreign clients use it: shared subscriptions, topic aliases, expiry, properties of every kind.</summary>
public sealed class FeatureTests(SharedBroker broker)
{
    private static readonly Dictionary<string, ForeignClient> Clients = new()
    {
        ["mosquitto"] = new MosquittoClient(),
        ["paho"] = new PahoClient(),
        ["MQTTnet"] = new MqttNetClient(),
        ["MQTT.js"] = new MqttJsClient(),
    };

    private readonly string _topic = $"features/{Guid.NewGuid():N}";

    public static TheoryData<string> Names => [.. Clients.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_member_of_a_shared_subscription_gets_what_is_sent_to_its_group(string name)
    {
        ForeignClient client = Required(name);
        await using var member = await client.SubscribeAsync(broker.Plain, MqttVersion.V5, $"$share/group/{_topic}", 1, count: 3);
        await client.PublishAsync(broker.Plain, MqttVersion.V5, new Outgoing(_topic, 1, Retain: false, "one", "two", "three"));
        Assert.Equal(["one", "two", "three"], (await member.MessagesAsync()).Select(message => message.Payload));
    }

    [Fact]
    public async Task Members_of_different_makers_share_and_none_gets_what_another_has()
    {
        using var patience = Patience.Begin();
        var received = Channel.CreateUnbounded<string>();
        var members = new List<IMqttClient>();
        foreach (var target in new[] { broker.Plain, broker[Transport.WebSocket], broker.Tls })
        {
            IMqttClient member = await ConnectAsync(target, patience.Token);
            members.Add(member);
            member.ApplicationMessageReceivedAsync += e =>
            {
                received.Writer.TryWrite(e.ApplicationMessage.ConvertPayloadToString());
                return Task.CompletedTask;
            };
            await member.SubscribeAsync($"$share/makers/{_topic}", MqttQualityOfServiceLevel.AtLeastOnce, patience.Token);
        }

        string[] payloads = [.. Enumerable.Range(0, 30).Select(n => n.ToString(CultureInfo.InvariantCulture))];
        foreach (string name in new[] { "mosquitto", "paho", "MQTT.js" })
            await Required(name).PublishAsync(broker.Plain, MqttVersion.V5, new Outgoing(_topic, 1, Retain: false, [.. payloads.Select(payload => name + payload)]));

        var all = new List<string>();
        while (all.Count < 90) all.Add(await received.Reader.ReadAsync(patience.Token));
        Assert.Distinct(all);
        foreach (IMqttClient member in members)
        {
            await member.DisconnectAsync(cancellationToken: patience.Token);
            member.Dispose();
        }

        Assert.False(received.Reader.TryRead(out string? more), more);
    }

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.WebSocket)]
    public async Task A_topic_alias_stands_for_its_topic(Transport transport)
    {
        using var patience = Patience.Begin();
        await using var subscription = await Clients["MQTTnet"].SubscribeAsync(broker[transport], MqttVersion.V5, _topic, 1, count: 3);
        using IMqttClient publisher = await ConnectAsync(broker[transport], patience.Token);
        await publisher.PublishAsync(Aliased(_topic, "named"), patience.Token);
        await publisher.PublishAsync(Aliased("", "by alias"), patience.Token);
        await publisher.PublishAsync(Aliased("", "again"), patience.Token);
        Assert.Equal(
            [new Received(_topic, 1, Retain: false, "named"), new Received(_topic, 1, Retain: false, "by alias"), new Received(_topic, 1, Retain: false, "again")],
            await subscription.MessagesAsync());

        static MqttApplicationMessage Aliased(string topic, string payload)
        {
            var message = new MqttApplicationMessageBuilder().WithTopicAlias(1).WithPayload(payload).WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce);
            return (topic.Length == 0 ? message : message.WithTopic(topic)).Build();
        }
    }

    [Fact]
    public async Task A_retained_message_goes_when_its_time_is_over()
    {
        using var patience = Patience.Begin();
        using IMqttClient client = await ConnectAsync(broker.Plain, patience.Token);
        await client.PublishAsync(
            new MqttApplicationMessageBuilder().WithTopic(_topic).WithPayload("short").WithRetainFlag().WithMessageExpiryInterval(1).WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce).Build(),
            patience.Token);
        await client.PublishAsync(new MqttApplicationMessageBuilder().WithTopic(_topic + "/last").WithPayload("long").WithRetainFlag().WithMessageExpiryInterval(3600).WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce).Build(), patience.Token);

        // Asked until it is gone; the other one, behind it in the order of topics, tells that there is no more to come.
        while ((await RetainedAsync("long", patience.Token)).Count > 1)
        {
        }
    }

    [Fact]
    public async Task Mosquitto_sends_and_shows_every_property()
    {
        Required("mosquitto");
        string[] properties = ["content-type", "text/x", "correlation-data", "abc", "message-expiry-interval", "3600", "payload-format-indicator", "1", "response-topic", "answers/here"];
        await using var subscriber = await MosquittoClient.SubscribeAsync(broker.Plain, _topic, "PROPERTIES %C|%D|%E|%R|%P|%S", "-D", "subscribe", "subscription-identifier", "77");
        await MosquittoClient.PublishAsync(
            broker.Plain,
            [.. properties.Chunk(2).SelectMany(pair => new[] { "-D", "publish", pair[0], pair[1] }), "-D", "publish", "user-property", "key", "value", "-t", _topic, "-m", "hello", "-q", "1"]);
        string line = await subscriber.LineAsync(line => line.StartsWith("PROPERTIES ", StringComparison.Ordinal));
        Assert.Matches(@"\APROPERTIES text/x\|abc\|3[56]\d\d\|answers/here\|key:value\|77\z", line);
        await subscriber.SucceedAsync();
    }

    [Fact]
    public async Task MqttJs_sends_and_shows_every_property_over_web_socket()
    {
        Required("MQTT.js");
        await using var subscriber = MqttJsClient.Start("subscribe", broker[Transport.WebSocket], MqttVersion.V5, _topic, "1", "1");
        await subscriber.LineAsync(line => line == "SUBSCRIBED");
        await using var publisher = MqttJsClient.Start(
            "publish", broker[Transport.SecureWebSocket], MqttVersion.V5, _topic, "1", "0",
            """{"contentType":"text/x","correlationData":"00ff","messageExpiryInterval":3600,"payloadFormatIndicator":true,"responseTopic":"answers/here","userProperties":{"key":["first","second"]}}""");
        await publisher.FeedAsync(["hello"]);
        string line = await subscriber.LineAsync(line => line.StartsWith("PROPERTIES ", StringComparison.Ordinal));
        foreach (string part in new[] { "\"contentType\":\"text/x\"", "\"correlationData\":\"00ff\"", "\"payloadFormatIndicator\":true", "\"responseTopic\":\"answers/here\"", "\"key\":[\"first\",\"second\"]", "\"messageExpiryInterval\":3" })
            Assert.Contains(part, line, StringComparison.Ordinal);
        await publisher.SucceedAsync();
        await subscriber.SucceedAsync();
    }

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.WebSocket)]
    public async Task Paho_sends_and_shows_every_property(Transport transport)
    {
        Required("paho");
        await using var script = PahoClient.Start("properties.py", broker[transport], MqttVersion.V5, _topic);
        Assert.Equal("SAME", await script.LineAsync(line => line is "SAME" || line.StartsWith("DIFFERENT", StringComparison.Ordinal)));
        await script.SucceedAsync();
    }

    private static ForeignClient Required(string name)
    {
        Clients[name].Require();
        return Clients[name];
    }

    private static async Task<IMqttClient> ConnectAsync(Target target, CancellationToken cancel)
    {
        IMqttClient client = new MqttClientFactory().CreateMqttClient();
        Assert.Equal(MqttClientConnectResultCode.Success, (await client.ConnectAsync(MqttNetClient.Options(target, MqttVersion.V5).Build(), cancel)).ResultCode);
        return client;
    }

    private async Task<List<string>> RetainedAsync(string last, CancellationToken cancel)
    {
        var received = Channel.CreateUnbounded<string>();
        using IMqttClient client = await ConnectAsync(broker.Plain, cancel);
        client.ApplicationMessageReceivedAsync += e =>
        {
            received.Writer.TryWrite(Encoding.UTF8.GetString(e.ApplicationMessage.Payload));
            return Task.CompletedTask;
        };
        await client.SubscribeAsync(_topic + "/#", MqttQualityOfServiceLevel.AtLeastOnce, cancel);
        var messages = new List<string>();
        while (!messages.Contains(last)) messages.Add(await received.Reader.ReadAsync(cancel));
        await client.DisconnectAsync(cancellationToken: cancel);
        return messages;
    }
}
