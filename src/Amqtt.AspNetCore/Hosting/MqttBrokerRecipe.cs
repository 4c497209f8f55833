using Amqtt.Broker.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Amqtt.AspNetCore.Hosting;

/// <summary>What a program has said about its broker before the host starts.</summary>
internal sealed class MqttBrokerRecipe(IConfiguration? configuration, Action<BrokerOptions>? configure)
{
    /// <summary>Services of the host that plugins may take in their constructors.</summary>
    public HashSet<Type> Shared { get; } = [];

    /// <summary>The options: from the configuration, or the defaults, and then what the program changes.</summary>
    public BrokerOptions MakeOptions()
    {
        BrokerOptions options = configuration is null ? new BrokerOptions() : BrokerConfiguration.FromDictionary(ConfigurationValues.Of(configuration));
        options.Listeners.AddWebSockets();
        configure?.Invoke(options);
        return options;
    }

    /// <summary>Instances, so that the plugins' container does not dispose what is the host's.</summary>
    public Action<IServiceCollection> Share(IServiceProvider host) => plugins =>
    {
        foreach (Type type in Shared) plugins.AddSingleton(type, host.GetRequiredService(type));
    };
}
