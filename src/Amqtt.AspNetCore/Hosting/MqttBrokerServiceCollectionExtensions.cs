using Amqtt.AspNetCore;
using Amqtt.AspNetCore.Hosting;
using Amqtt.Broker;
using Amqtt.Broker.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;

// Where a program looks for such methods.
#pragma warning disable IDE0130
namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The broker as a service of a generic host or a web application.</summary>
public static class MqttBrokerServiceCollectionExtensions
{
    /// <summary>
    /// Runs a broker in this host: it starts with it, logs where it logs, uses its <see cref="TimeProvider"/> if it has one, and is shut down before the host's other
    /// services end. Once started it is there as the service <see cref="MqttBroker"/>.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Changes the options, beginning with the defaults.</param>
    public static MqttBrokerBuilder AddAmqttBroker(this IServiceCollection services, Action<BrokerOptions>? configure = null) => Add(services, new(configuration: null, configure));

    /// <inheritdoc cref="AddAmqttBroker(IServiceCollection, Action{BrokerOptions})"/>
    /// <param name="services">The host's services.</param>
    /// <param name="configuration">
    /// A section with the keys of the broker's YAML, as strictly read; a mistake stops the start. Write plugins as a list: the order of a mapping is lost in it.
    /// </param>
    /// <param name="configure">Changes the options that the section gives.</param>
    public static MqttBrokerBuilder AddAmqttBroker(this IServiceCollection services, IConfiguration configuration, Action<BrokerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return Add(services, new(configuration, configure));
    }

    private static MqttBrokerBuilder Add(IServiceCollection services, MqttBrokerRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (services.Any(static service => service.ServiceType == typeof(MqttBrokerRecipe)))
            throw new InvalidOperationException("AddAmqttBroker has been called already; a host has one broker with as many listeners as it likes");
        services.AddSingleton(recipe);
        services.AddSingleton<MqttBrokerService>();
        services.AddHostedService(static provider => provider.GetRequiredService<MqttBrokerService>());
        services.TryAddTransient(static provider => provider.GetRequiredService<MqttBrokerService>().Broker);
        return new MqttBrokerBuilder(services, recipe);
    }
}
