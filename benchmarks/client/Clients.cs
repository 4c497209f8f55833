using Amqtt.Client;
using Amqtt.Client.Configuration;
using Amqtt.Protocol;
using MQTTnet;
using MQTTnet.Protocol;
using MqttClient = Amqtt.Client.MqttClient;

namespace Amqtt.Benchmarks.Client;

internal sealed class AmqttBench : IBenchClient
{
    /// <summary>What both clients announce. Without a bound, mosquitto walks a list of all that is under way for every acknowledgement.</summary>
    public const int ReceiveMaximum = 1024;

    private MqttClient? _client;

    public async Task ConnectAsync(int port)
    {
        _client = new MqttClient(new ClientOptions { Connection = new() { Uri = $"mqtt://127.0.0.1:{port}" }, ReceiveMaximum = ReceiveMaximum });
        await _client.ConnectAsync();
    }

    public async ValueTask PublishAsync(string topic, byte[] payload, int qos) => await _client!.PublishAsync(topic, payload, (QoS)qos);

    public Task SubscribeAsync(string topic, int qos, Action<int> received) => _client!.SubscribeAsync(topic, (message, _) =>
    {
        received(message.Payload.Length);
        return default;
    }, (QoS)qos);

    public Task FinishAsync() => _client!.DisconnectAsync();

    public ValueTask DisposeAsync() => _client?.DisposeAsync() ?? default;
}

internal sealed class MqttNetBench : IBenchClient
{
    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();

    public Task ConnectAsync(int port) => _client.ConnectAsync(
        new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", port).WithProtocolVersion(MQTTnet.Formatter.MqttProtocolVersion.V500).WithReceiveMaximum(AmqttBench.ReceiveMaximum).Build());

    public async ValueTask PublishAsync(string topic, byte[] payload, int qos) =>
        await _client.PublishAsync(new MqttApplicationMessage { Topic = topic, PayloadSegment = payload, QualityOfServiceLevel = (MqttQualityOfServiceLevel)qos });

    public Task SubscribeAsync(string topic, int qos, Action<int> received)
    {
        _client.ApplicationMessageReceivedAsync += e =>
        {
            received((int)e.ApplicationMessage.Payload.Length);
            return Task.CompletedTask;
        };
        return _client.SubscribeAsync(topic, (MqttQualityOfServiceLevel)qos);
    }

    public Task FinishAsync() => _client.DisconnectAsync();

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return default;
    }
}
