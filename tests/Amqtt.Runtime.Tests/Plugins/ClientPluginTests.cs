using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Runtime.Plugins;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Amqtt.Runtime.Tests.Plugins;

/// <summary>The host of a client's plugins: PF-29.</summary>
public sealed class ClientPluginTests
{
    private static readonly ClientConnectOptions Attempt = new() { Broker = new("mqtt://localhost") };
    private readonly LogRecorder _log = new();

    [Fact]
    public async Task A_client_plugin_gets_config_context_and_logger_and_may_change_an_attempt()
    {
        await using var host = await Load(new PluginCollection().Add<Token>(new Token.Config { Value = "fresh" }), new FakeClient());
        var context = new ConnectingContext(Attempt, attempt: 2, isReconnect: true);
        await host.ConnectingAsync(context, CancellationToken.None);

        Assert.Equal("fresh", context.Options.UserName);
        Assert.Equal(["attempt 2 of client-1"], _log.Of("amqtt.client.plugins.Token"));
    }

    [Fact]
    public async Task What_a_plugin_throws_fails_the_attempt_and_names_the_plugin()
    {
        await using var host = await Load(new PluginCollection().Add<Failing>(), new FakeClient());
        var fault = await Assert.ThrowsAsync<PluginFaultException>(async () => await host.ConnectingAsync(new(Attempt, 1, false), CancellationToken.None));
        Assert.Contains("no token today", fault.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(Failing), fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_host_refuses_the_plugins_of_the_other()
    {
        var ofBroker = await Assert.ThrowsAsync<PluginLoadException>(async () => await Load(new PluginCollection().Add<OfBroker>(), new FakeClient()));
        Assert.Contains("is a plugin of the broker", ofBroker.Message, StringComparison.Ordinal);
        var ofClient = await Assert.ThrowsAsync<PluginLoadException>(async () => await Load(new PluginCollection().Add<Failing>(), client: null));
        Assert.Contains("is a plugin of the client", ofClient.Message, StringComparison.Ordinal);
    }

    private ValueTask<PluginHost> Load(PluginCollection plugins, IClientHost? client) =>
        PluginHost.LoadAsync(plugins, new() { LoggerFactory = _log, Time = new FakeTimeProvider(), Client = client });

    public sealed class Token(Token.Config config, ClientContext client, ILogger<Token> logger) : ClientPlugin
    {
        public override ValueTask OnConnectingAsync(ConnectingContext context, CancellationToken cancel)
        {
            logger.LogInformation("attempt {Attempt} of {Client}", context.Attempt, client.ClientId);
            context.Options = context.Options with { UserName = config.Value };
            return default;
        }

        public sealed class Config
        {
            public required string Value { get; init; }
        }
    }

    public sealed class Failing : ClientPlugin
    {
        public override ValueTask OnConnectingAsync(ConnectingContext context, CancellationToken cancel) => throw new InvalidOperationException("no token today");
    }

    public sealed class OfBroker : BrokerPlugin;

    private sealed class FakeClient : IClientHost
    {
        public string ClientId => "client-1";

        public bool IsConnected => false;

        public ClientConnectOptions? LastAttempt => null;

        public ISession Session { get; } = new TestSession();

        public ValueTask PublishAsync(ApplicationMessage message, CancellationToken cancel) => default;

        public ValueTask<IAsyncDisposable> SubscribeAsync(string filter, QoS qos, Func<ApplicationMessage, CancellationToken, ValueTask> handler, CancellationToken cancel) => default;
    }
}
