using Microsoft.Extensions.DependencyInjection;

namespace Amqtt.Plugins;

/// <summary>A plugin that registers services of its own, so that its constructor and those services can ask for them.</summary>
/// <remarks>Every plugin instance has a service provider of its own, which is disposed after the plugin.</remarks>
public interface IConfigureServices
{
    /// <summary>
    /// Registers services. The plugin's <c>Config</c>, <see cref="PluginContext"/>, loggers, <see cref="TimeProvider"/>, <c>Meter</c> and
    /// <c>IHttpClientFactory</c> are there already; a factory can ask for them.
    /// </summary>
    /// <param name="services">The services of this one plugin instance.</param>
    static abstract void ConfigureServices(IServiceCollection services);
}
