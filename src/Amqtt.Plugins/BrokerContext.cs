namespace Amqtt.Plugins;

/// <summary>What the broker offers its plugins. Take it as a constructor parameter.</summary>
public abstract class BrokerContext : PluginContext
{
    private protected BrokerContext()
    {
    }
}
