using Amqtt.Broker;
using Amqtt.Broker.Configuration;
using Amqtt.Protocol;
using Amqtt.Testing;

namespace Amqtt.Cli.Tests.Clients;

/// <summary>A broker in this process for the client commands, which are processes of their own.</summary>
public sealed class BrokerFixture : IAsyncLifetime
{
    private MqttBroker? _broker;

    public string Url => $"mqtt://{_broker!.Endpoints["default"].First()}";

    public async ValueTask InitializeAsync()
    {
        var options = new BrokerOptions();
        options.Listeners["default"].Bind = ListenEndpoint.Parse("127.0.0.1:0");
        options.Plugins.Clear();
        options.Plugins.Add("anonymous");
        _broker = await MqttBroker.StartAsync(options);
    }

    public async ValueTask DisposeAsync()
    {
        if (_broker is not null)
            await _broker.DisposeAsync();
    }

    /// <summary>A client of the test's own.</summary>
    internal async Task<WireClient> ConnectAsync(ProtocolVersion version = ProtocolVersion.V5)
    {
        var client = await WireClient.ConnectTcpAsync(_broker!.Endpoints["default"].First());
        await client.ConnectAsync($"test-{Guid.NewGuid():N}", version);
        return client;
    }
}
