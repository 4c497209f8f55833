using Amqtt.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Amqtt.AspNetCore;

/// <summary>What else can be said about the broker of a host.</summary>
public sealed class MqttBrokerBuilder
{
    private readonly MqttBrokerRecipe _recipe;

    internal MqttBrokerBuilder(IServiceCollection services, MqttBrokerRecipe recipe)
    {
        Services = services;
        _recipe = recipe;
    }

    /// <summary>The host's services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Lets plugins take a service of the host in their constructors. It is one instance for all, and stays the host's to dispose.</summary>
    /// <typeparam name="TService">The service, a singleton of the host.</typeparam>
    public MqttBrokerBuilder ShareService<TService>()
        where TService : class
    {
        _recipe.Shared.Add(typeof(TService));
        return this;
    }
}
