using Amqtt.Interop.Tests.Brokers;
using Amqtt.Interop.Tests.Clients;
using Amqtt.Interop.Tests.Processes;

namespace Amqtt.Interop.Tests.Matrix;

/// <summary>mosquitto as a bridge to our broker, in every version, with its default of <c>try_private</c>: it says that it is a bridge, and expects to be understood.</summary>
public sealed class MosquittoBridgeTests(SharedBroker broker)
{
    private const string Mosquitto = "/usr/sbin/mosquitto";

    private readonly MqttNetClient _client = new();
    private readonly string _topic = $"bridge/{Guid.NewGuid():N}";

    [Theory]
    [InlineData("mqttv31")]
    [InlineData("mqttv311")]
    [InlineData("mqttv50")]
    public async Task Messages_go_both_ways_once_and_stay_retained(string version)
    {
        Requirement.Check(File.Exists(Mosquitto) ? null : "mosquitto is not installed (Debian package mosquitto)");
        await _client.PublishAsync(broker.Plain, MqttVersion.V311, new Outgoing(_topic + "/first", 1, Retain: true, "first"));
        using var folder = new TemporaryFolder();
        var near = new Target(FreePort.Next(), AuthorityFile: null);
        await using var mosquitto = await BrokerProcess.StartAsync(Mosquitto, ["-c", folder.Write("mosquitto.conf", Configuration(near.Port, version))], near.Port);
        await using var atNear = await _client.SubscribeAsync(near, MqttVersion.V311, _topic + "/#", 2, count: 3);
        // The bridge has its subscription when what is retained behind it is there.
        await using (var first = await _client.SubscribeAsync(near, MqttVersion.V311, _topic + "/first", 2, count: 1))
            await first.MessagesAsync();

        await using (var atFar = await _client.SubscribeAsync(broker.Plain, MqttVersion.V311, _topic + "/near", 2, count: 1))
        {
            await _client.PublishAsync(near, MqttVersion.V311, new Outgoing(_topic + "/near", 2, Retain: false, "near"));
            Assert.Equal([new Received(_topic + "/near", 2, Retain: false, "near")], await atFar.MessagesAsync());
        }

        // If the message above went back, it would be there before this one.
        await _client.PublishAsync(broker.Plain, MqttVersion.V311, new Outgoing(_topic + "/far", 2, Retain: true, "far"));
        Assert.Equal(["first", "near", "far"], (await atNear.MessagesAsync()).Select(message => message.Payload));
        await using var late = await _client.SubscribeAsync(near, MqttVersion.V311, _topic + "/far", 2, count: 1);
        Assert.Equal([new Received(_topic + "/far", 2, Retain: true, "far")], await late.MessagesAsync());
    }

    private string Configuration(int port, string version) => $"""
        user root
        allow_anonymous true
        listener {port} 127.0.0.1
        connection interop
        address 127.0.0.1:{broker.Plain.Port}
        bridge_protocol_version {version}
        remote_clientid b{Guid.NewGuid().ToString("N")[..20]}
        cleansession false
        topic {_topic}/# both 2

        """;
}
