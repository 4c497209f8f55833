using Amqtt.Broker.Configuration;
using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Plugins;
using Microsoft.Extensions.Logging;

namespace Amqtt.Broker;

/// <content>Another configuration for the running broker.</content>
public sealed partial class MqttBroker
{
    /// <summary>
    /// Gives the running broker another configuration without dropping a client, as a whole or not at all. Everything is validated, and new plugins are constructed and started while the old
    /// ones still serve; then all hooks change over at once, new plugins are told who is connected (<see cref="Plugins.BrokerPlugin.OnAttachedAsync"/>), and old ones are stopped when
    /// their last call and event are done. A plugin whose class and options are the same stays as it is; one from a plugin folder is always replaced. Limits count at once, for a connection
    /// from its next one on.
    /// </summary>
    /// <param name="options">The whole configuration; not to be changed any more.</param>
    /// <param name="cancellationToken">Gives up, but not once the hooks have changed over.</param>
    /// <returns>What has changed, and what only a restart can change.</returns>
    /// <exception cref="BrokerException">The broker is not started.</exception>
    /// <exception cref="ConfigurationException">Something is wrong with the options; the exception carries everything that is. Everything is as it was; so for the following.</exception>
    /// <exception cref="Plugins.PluginException">A plugin cannot be loaded, bound, constructed or started.</exception>
    public async Task<ReloadResult> ReloadAsync(BrokerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        await _transition.WaitAsync(cancellationToken);
        try
        {
            if (_running is not { } running) throw new BrokerException($"the broker is {Status}; start it before it can be given another configuration");
            options.Validate();
            PluginHostOptions host = HostOptions(options, _services);
            var errors = new ConfigErrors();
            PluginPlan plan = PluginPlan.Make(options.Plugins, host, errors);
            try
            {
                plan.ThrowIfUnusable(errors);
            }
            catch
            {
                plan.Dispose();
                throw;
            }

            ILogger log = _services.LoggerFactory.CreateLogger(host.Category);
            foreach (ConfigMessage warning in errors.Warnings) log.ConfigurationWarning(warning.ToString());
            ReloadResult result = await running.ReloadAsync(options, plan, host, cancellationToken);
            _options = options;
            return result;
        }
        finally
        {
            _transition.Release();
        }
    }
}
