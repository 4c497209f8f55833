using System.Text;
using Amqtt.AspNetCore.Tests.Support;
using Amqtt.Broker;
using Amqtt.Broker.Configuration;
using Amqtt.Plugins;
using Amqtt.Runtime.Configuration;
using Amqtt.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Amqtt.AspNetCore.Tests.Hosting;

/// <summary>The broker as a service of a generic host.</summary>
public sealed class GenericHostTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Options_come_from_the_hosts_configuration()
    {
        using IHost host = Build(services => services.AddAmqttBroker(Json("""
            {
              "listeners": {
                "default": { "bind": "127.0.0.1:0", "MaxConnections": 7, "limits": { "max_packet_size": "64KiB" } },
                "web": { "type": "ws", "allowed_origins": [ "https://app.example" ] },
                "inside": { "type": "external", "bind": null }
              },
              "plugins": [ "anonymous", { "anonymous": { "allow_anonymous": true, "$id": "second" } } ],
              "SessionExpiryInterval": "1h"
            }
            """)));
        await host.StartAsync(Cancel);
        MqttBroker broker = host.Services.GetRequiredService<MqttBroker>();
        Assert.Equal(7, broker.GetListener("default").MaxConnections);
        Assert.Equal(64 * 1024, broker.GetListener("default").Limits.MaxPacketSize);
        Assert.Equal(ListenerType.Ws, broker.GetListener("web").Type);
        Assert.Equal(["https://app.example"], broker.GetListener("web").AllowedOrigins!.Origins);
        Assert.Equal(ListenerType.External, broker.GetListener("inside").Type);
        await using WireClient client = await WireClient.ConnectTcpAsync(broker.Endpoints["default"].First());
        await client.ConnectAsync("client");
        await host.StopAsync(Cancel);
        await client.ExpectClosedAsync();
        Assert.Equal(BrokerStatus.Stopped, broker.Status);
    }

    [Fact]
    public async Task A_mistake_in_the_configuration_stops_the_start()
    {
        using IHost host = Build(services => services.AddAmqttBroker(Json("""{ "listeners": { "default": { "bnd": "127.0.0.1:0" } } }""")));
        ConfigurationException wrong = await Assert.ThrowsAsync<ConfigurationException>(() => host.StartAsync(Cancel));
        Assert.Contains("listeners.default.bnd: unknown key", Assert.Single(wrong.Errors).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plugins_take_what_the_host_shares_and_leave_it_to_the_host()
    {
        using IHost host = Build(services =>
        {
            services.AddSingleton<Shop>();
            services.AddAmqttBroker(options =>
            {
                options.Listeners["default"].Bind = ListenEndpoint.Parse("127.0.0.1:0");
                options.Plugins.Add<Till>();
            }).ShareService<Shop>();
        });
        await host.StartAsync(Cancel);
        Shop shop = host.Services.GetRequiredService<Shop>();
        Assert.Equal(1, shop.Tills);
        await host.StopAsync(Cancel);
        Assert.False(shop.IsDisposed);
        host.Dispose();
        Assert.True(shop.IsDisposed);
    }

    [Fact]
    public async Task The_clock_is_the_hosts()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        using IHost host = Build(services =>
        {
            services.AddSingleton<TimeProvider>(time);
            services.AddAmqttBroker(static options => options.Listeners["default"].Bind = ListenEndpoint.Parse("127.0.0.1:0"));
        });
        await host.StartAsync(Cancel);
        await using WireClient client = await WireClient.ConnectTcpAsync(host.Services.GetRequiredService<MqttBroker>().Endpoints["default"].First());
        await client.ConnectAsync("client", keepAlive: 10);
        await time.AdvanceUntilAsync(client.ExpectClosedAsync());
        await host.StopAsync(Cancel);
    }

    [Fact]
    public async Task A_broker_that_lost_an_event_loop_ends_its_host()
    {
        var clock = new BreakingClock();
        using IHost host = Build(services =>
        {
            services.AddSingleton<TimeProvider>(clock);
            services.AddAmqttBroker(static options => options.Listeners["default"].Bind = ListenEndpoint.Parse("127.0.0.1:0"));
        });
        await host.StartAsync(Cancel);
        clock.BreakOneLoop();
        await host.WaitForShutdownAsync(Cancel);
        Assert.False(host.Services.GetRequiredService<MqttBroker>().Failed.IsCancellationRequested);
    }

    [Fact]
    public async Task A_change_of_log_levels_reaches_plugins()
    {
        var plugin = new Levels();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        IConfigurationRoot levels = new ConfigurationBuilder().AddInMemoryCollection([new("LogLevel:Default", "Warning")]).Build();
        builder.Logging.AddConfiguration(levels);
        builder.Logging.AddProvider(new Everything());
        builder.Services.AddAmqttBroker(options =>
        {
            options.Listeners["default"].Bind = null;
            options.Plugins.Add(plugin);
        });
        using IHost host = builder.Build();
        await host.StartAsync(Cancel);
        Assert.Empty(plugin.Seen);

        levels["LogLevel:Default"] = "Debug";
        levels.Reload();
        Assert.Equal([true], plugin.Seen);
        await host.StopAsync(Cancel);
    }

    [Fact]
    public void A_broker_asked_for_too_early_and_a_second_one_are_mistakes()
    {
        using IHost host = Build(static services => services.AddAmqttBroker());
        Assert.Contains("when the host starts", Assert.Throws<BrokerException>(() => host.Services.GetRequiredService<MqttBroker>()).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => new ServiceCollection().AddAmqttBroker().Services.AddAmqttBroker());
    }

    private static IHost Build(Action<IServiceCollection> configure)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        configure(builder.Services);
        return builder.Build();
    }

    private static IConfiguration Json(string text) => new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(text))).Build();

    private sealed class Shop : IDisposable
    {
        public int Tills { get; set; }

        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }

    /// <summary>Writes down at each change whether it may log at Debug.</summary>
    private sealed class Levels : BrokerPlugin
    {
        public List<bool> Seen { get; } = [];

        public override ValueTask OnBrokerPreStartAsync(CancellationToken cancel)
        {
            Context.OnLogLevelsChanged(() => Seen.Add(Context.Logger.IsEnabled(LogLevel.Debug)));
            return default;
        }
    }

    /// <summary>Without a provider nothing is ever enabled.</summary>
    private sealed class Everything : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            // Nobody reads it.
        }

        public void Dispose()
        {
            // There is nothing to release.
        }
    }

    private sealed class Till : BrokerPlugin
    {
        public Till(Shop shop) => shop.Tills++;
    }
}
