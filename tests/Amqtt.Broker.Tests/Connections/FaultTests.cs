using Amqtt.Broker.Configuration;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Plugins;
using Amqtt.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Amqtt.Broker.Tests.Connections;

/// <summary>Whatever goes wrong with a client's packet ends its connection: it must not stay behind, neither read nor closed.</summary>
public sealed class FaultTests
{
    [Fact]
    public async Task Want_of_memory_behind_a_plugin_ends_the_connection()
    {
        var options = new BrokerOptions { EventLoops = 1, Plugins = new PluginCollection().Add(new Denies()) };
        options.Listeners[ListenerCollection.DefaultName].Bind = new ListenEndpoint("127.0.0.1", 0);
        await using MqttBroker broker = await MqttBroker.StartAsync(options, new BrokerServices { LoggerFactory = new Exhausted() }, TestContext.Current.CancellationToken);
        await using WireClient client = await WireClient.ConnectTcpAsync(broker.Endpoints[ListenerCollection.DefaultName].First());
        await client.SendAsync(new ConnectPacket { Version = ProtocolVersion.V5, ClientId = "c", CleanStart = true });
        Assert.Equal(ReasonCode.ImplementationSpecificError, (await client.ReceiveAsync<ConnAckPacket>()).Reason);
        await client.ExpectClosedAsync();
    }

    private sealed class Denies : BaseAuthPlugin
    {
        public override async ValueTask<Decision> AuthenticateAsync(AuthenticateContext context)
        {
            await Task.Yield();
            return Decision.Deny();
        }
    }

    /// <summary>Has no memory for a security event.</summary>
    private sealed class Exhausted : ILoggerFactory, ILogger
    {
        public ILogger CreateLogger(string categoryName) => categoryName == "amqtt.broker.security" ? this : NullLogger.Instance;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            GC.KeepAlive(new byte[int.MaxValue]); // more than an array may have, whatever memory there is

        public void Dispose()
        {
            // There is nothing to let go of.
        }
    }
}
