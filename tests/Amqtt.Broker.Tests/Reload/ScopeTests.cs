using Amqtt.Broker.Configuration;
using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
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

    private static void Add<T>(BrokerOptions options, int count)
        where T : BasePlugin
    {
        for (int i = 0; i < count; i++) options.Plugins.Add<T>(settings: new() { Topics = [$"t{i}"] });
    }

    private sealed class Old : Silent;

    private sealed class New : Silent;

    private abstract class Silent : BaseTopicPlugin
    {
        public override ValueTask<Decision> FilterTopicAsync(TopicContext context) => Decision.Allow;
    }
}
