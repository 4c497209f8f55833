using Amqtt.Client.Configuration;
using Amqtt.Client.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Amqtt.Client;

/// <summary>Dependency injection.</summary>
public static class ServiceCollectionExtensions
{
    /// <summary>
    /// Adds an <see cref="MqttClient"/>, one for all who ask for it, with the program's loggers and clock. It is not connected: whoever needs it connected says so.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets options.</param>
    public static IServiceCollection AddAmqttClient(this IServiceCollection services, Action<ClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return services.AddAmqttClient(_ =>
        {
            var options = new ClientOptions();
            configure(options);
            return options;
        });
    }

    /// <summary>The same with options that come from elsewhere, for example from a file: <c>_ => ClientConfiguration.FromFile("client.yaml")</c>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="options">Makes the options.</param>
    /// <param name="more">Changes what the client gets beside options; loggers and clock are in it already.</param>
    public static IServiceCollection AddAmqttClient(
        this IServiceCollection services, Func<IServiceProvider, ClientOptions> options, Func<IServiceProvider, ClientServices, ClientServices>? more = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        return services.AddSingleton(provider =>
        {
            var own = new ClientServices
            {
                LoggerFactory = provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance,
                Time = provider.GetService<TimeProvider>() ?? TimeProvider.System,
            };
            return new MqttClient(options(provider), more?.Invoke(provider, own) ?? own);
        });
    }
}
