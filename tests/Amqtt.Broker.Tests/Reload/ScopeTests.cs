using Amqtt.Broker.Configuration;
using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Broker.Tests.Reload;

/// <summary>Plugins for some topics only, while others take their place: each has to be asked.</summary>
public sealed class ScopeTests
{
    private const int Many = 40;

    [Fact]
    public async Task PF_20_a_reload_that_has_no_room_for_the_scopes_of_old_and_new_plugins_changes_nothing()
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, static options => Add<Old>(options, Many));
        var options = new BrokerOptions { EventLoops = 2, Plugins = new PluginCollection().Add("anonymous") };
        Add<New>(options, Many);

        PluginException failed = await Assert.ThrowsAnyAsync<PluginException>(() => broker.Broker.ReloadAsync(options, TestContext.Current.CancellationToken));
        Assert.Equal(
            $"Plugin '{typeof(New).FullName}': at most 63 plugins can have $topics or $listeners, those that still run and are to be replaced included; reload in two steps, or restart",
            failed.Message);

        var fewer = new BrokerOptions { EventLoops = 2, Plugins = new PluginCollection().Add("anonymous") };
        Add<New>(fewer, 63 - Many);
        ReloadResult result = await broker.Broker.ReloadAsync(fewer, TestContext.Current.CancellationToken);
        Assert.Equal((63 - Many, Many), (result.StartedPlugins.Count, result.StoppedPlugins.Count));
    }

    [Fact]
    public async Task What_is_done_for_a_client_asks_only_those_that_its_own_packets_would_ask()
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, static options => options.Plugins.Add<Closed>(settings: new() { Topics = ["factory/#"] }));
        foreach ((string topic, ReasonCode subscribed, ReasonCode sent) in new[] { ("office/1", ReasonCode.Success, ReasonCode.Success), ("factory/1", ReasonCode.NotAuthorized, ReasonCode.NotAuthorized) })
        {
            Assert.Equal(subscribed, await broker.Broker.SubscribeAsync("client", topic, default, TestContext.Current.CancellationToken));
            Assert.Equal(subscribed, await broker.Broker.SubscribeAsync("client", $"$share/group/{topic}", default, TestContext.Current.CancellationToken));
            var message = new BrokerMessage { Topic = topic, Payload = default };
            Assert.Equal(sent, await broker.Broker.PublishAsync(message, new PublishOptions { AsClient = "client", ToClient = "client" }, TestContext.Current.CancellationToken));
        }
    }

    private static void Add<T>(BrokerOptions options, int count)
        where T : BasePlugin
    {
        for (int i = 0; i < count; i++) options.Plugins.Add<T>(settings: new() { Topics = [$"t{i}"] });
    }

    private sealed class Closed : BaseTopicPlugin
    {
        public override ValueTask<Decision> FilterTopicAsync(TopicContext context) => Decision.Deny();
    }

    private sealed class Old : Silent;

    private sealed class New : Silent;

    private abstract class Silent : BaseTopicPlugin
    {
        public override ValueTask<Decision> FilterTopicAsync(TopicContext context) => Decision.Allow;
    }
}
