using System.Diagnostics.Metrics;
using System.Reflection;
using Amqtt.Plugins;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Amqtt.Runtime.Plugins;

/// <summary>Builds the service provider of one plugin instance. Nothing in it is shared with another plugin, but what the embedding program shares.</summary>
internal static class PluginServices
{
    public static ServiceProvider Build(HostedPlugin plugin, PlannedPlugin planned, ConstructorInfo constructor, PluginHostOptions options)
    {
        var services = new ServiceCollection();
        options.ShareServices?.Invoke(services);
        if (plugin.OfClient is { } ofClient)
        {
            services.AddSingleton<PluginContext>(ofClient);
            services.AddSingleton<ClientContext>(ofClient);
        }
        else
        {
            services.AddSingleton<PluginContext>(plugin.Context);
            services.AddSingleton<BrokerContext>(plugin.Context);
        }

        services.AddSingleton(options);
        services.AddSingleton(options.Time);
        services.AddSingleton(options.LoggerFactory);
        services.AddSingleton(plugin.Context.Logger);
        services.AddSingleton(planned.Identity);
        services.AddSingleton(typeof(ILogger<>), typeof(PluginLogger<>));
        // By a factory, so that the provider disposes it.
        services.AddSingleton(_ => new Meter($"Amqtt.Plugins.{planned.Identity.Id}"));
        if (planned.Config is { } config) services.AddSingleton(config.GetType(), config);

        var configures = typeof(IConfigureServices).IsAssignableFrom(planned.Identity.Type);
        // Registering HTTP clients costs more than everything else here, so only for those who may want them.
        if (configures || Array.Exists(constructor.GetParameters(), parameter => parameter.ParameterType == typeof(IHttpClientFactory))) services.AddHttpClient();
        if (configures) Configure(planned.Identity.Type, services);
        return services.BuildServiceProvider();
    }

    private static void Configure(Type type, IServiceCollection services)
        => typeof(PluginServices).GetMethod(nameof(ConfigureOf), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(type)
            .Invoke(null, BindingFlags.DoNotWrapExceptions, binder: null, [services], culture: null);

    private static void ConfigureOf<T>(IServiceCollection services)
        where T : IConfigureServices
        => T.ConfigureServices(services);
}
