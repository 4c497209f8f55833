using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading.Channels;

using Amqtt.Interop.Tests.Brokers;
using Amqtt.Interop.Tests.Processes;

using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace Amqtt.Interop.Tests.Clients;

/// <summary>MQTTnet, in this process.</summary>
internal sealed class MqttNetClient : ForeignClient
{
    private static readonly MqttClientFactory Factory = new();

    protected override string? Missing => null;

    public override async Task<Subscription> SubscribeAsync(Target broker, MqttVersion version, string filter, int qos, int count)
    {
        var client = Factory.CreateMqttClient();
        var subscription = new InProcessSubscription(client, count);
        using var patience = Patience.Begin();
        await ConnectAsync(client, Options(broker, version), patience.Token);
        var answer = await client.SubscribeAsync(
            Factory.CreateSubscribeOptionsBuilder().WithTopicFilter(filter, (MqttQualityOfServiceLevel)qos).Build(),
            patience.Token);
        Assert.Equal((MqttClientSubscribeResultCode)qos, Assert.Single(answer.Items).ResultCode);
        return subscription;
    }

    public override async Task PublishAsync(Target broker, MqttVersion version, Outgoing messages)
    {
        using var patience = Patience.Begin();
        using var client = Factory.CreateMqttClient();
        await ConnectAsync(client, Options(broker, version), patience.Token);
        foreach (var payload in messages.Payloads)
        {
            var result = await client.PublishStringAsync(messages.Topic, payload, (MqttQualityOfServiceLevel)messages.QoS, messages.Retain, patience.Token);
            Assert.True(result.IsSuccess, $"{result.ReasonCode} {result.ReasonString}");
        }

        await client.DisconnectAsync(cancellationToken: patience.Token);
    }

    public override async Task DieWithWillAsync(Target broker, MqttVersion version, Will will)
    {
        using var client = await ConnectWithWillAsync(broker, version, will);
        // Disposing closes the socket and sends nothing.
    }

    public override async Task LeaveWithWillAsync(Target broker, MqttVersion version, Will will)
    {
        using var client = await ConnectWithWillAsync(broker, version, will);
        await client.DisconnectAsync();
    }

    public static MqttClientOptionsBuilder Options(Target broker, MqttVersion version)
    {
        var options = new MqttClientOptionsBuilder()
            .WithProtocolVersion((MqttProtocolVersion)version)
            .WithClientId(NewClientId())
            .WithTimeout(Patience.Limit);
        if (broker.IsWebSocket)
            options.WithWebSocketServer(server => server.WithUri($"{(broker.AuthorityFile is null ? "ws" : "wss")}://127.0.0.1:{broker.Port}/mqtt"));
        else
            options.WithTcpServer("127.0.0.1", broker.Port);
        if (broker.AuthorityFile is { } file)
            options.WithTlsOptions(tls => Trust(tls.UseTls(), X509CertificateLoader.LoadCertificateFromFile(file), broker.IsWebSocket));
        return options;
    }

    // Over WebSocket it knows of no authorities but the system's, and asks.
    private static void Trust(MqttClientTlsOptionsBuilder tls, X509Certificate2 authority, bool isWebSocket)
    {
        if (isWebSocket)
            tls.WithCertificateValidationHandler(asked => IsSignedBy(authority, asked.Certificate));
        else
            tls.WithTargetHost("localhost").WithTrustChain(new X509Certificate2Collection(authority));
    }

    private static bool IsSignedBy(X509Certificate2 authority, X509Certificate certificate)
    {
        using var chain = new X509Chain { ChainPolicy = { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck } };
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        return chain.Build(new X509Certificate2(certificate));
    }

    // A refusal is a result, no exception.
    private static async Task ConnectAsync(IMqttClient client, MqttClientOptionsBuilder options, CancellationToken cancel) =>
        Assert.Equal(MqttClientConnectResultCode.Success, (await client.ConnectAsync(options.Build(), cancel)).ResultCode);

    private static async Task<IMqttClient> ConnectWithWillAsync(Target broker, MqttVersion version, Will will)
    {
        using var patience = Patience.Begin();
        var client = Factory.CreateMqttClient();
        var options = Options(broker, version)
            .WithWillTopic(will.Topic)
            .WithWillPayload(will.Payload)
            .WithWillQualityOfServiceLevel((MqttQualityOfServiceLevel)will.QoS)
            .WithWillRetain(will.Retain);
        await ConnectAsync(client, options, patience.Token);
        return client;
    }

    private sealed class InProcessSubscription : Subscription
    {
        private readonly IMqttClient _client;
        private readonly int _count;
        private readonly Channel<Received> _received = Channel.CreateUnbounded<Received>();

        public InProcessSubscription(IMqttClient client, int count)
        {
            (_client, _count) = (client, count);
            client.ApplicationMessageReceivedAsync += e =>
            {
                var message = e.ApplicationMessage;
                _received.Writer.TryWrite(new Received(message.Topic, (int)message.QualityOfServiceLevel, message.Retain, Encoding.UTF8.GetString(message.Payload)));
                return Task.CompletedTask;
            };
        }

        public override async Task<IReadOnlyList<Received>> MessagesAsync()
        {
            using var patience = Patience.Begin();
            var messages = new List<Received>();
            while (messages.Count < _count)
                messages.Add(await _received.Reader.ReadAsync(patience.Token));
            await _client.DisconnectAsync(cancellationToken: patience.Token);
            return messages;
        }

        public override ValueTask DisposeAsync()
        {
            _client.Dispose();
            return default;
        }
    }
}
