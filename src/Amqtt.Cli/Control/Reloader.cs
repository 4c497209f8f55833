using Amqtt.Broker;
using Amqtt.Broker.Configuration;
using Amqtt.Cli.Commands;
using Amqtt.Cli.Logging;
using Amqtt.Plugins;
using Amqtt.Runtime.Configuration;
using Microsoft.Extensions.Logging;

namespace Amqtt.Cli.Control;

/// <summary>Reads the configuration file again for the running broker: on SIGHUP, for <c>amqtt config reload</c>, and when a file changes under <c>--watch</c>. One at a time.</summary>
internal sealed class Reloader(MqttBroker broker, string? file, ILogger log) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>Is given each configuration that was read, also one that is wrong; on any thread, one at a time.</summary>
    public Action<BrokerOptions>? OnRead { get; set; }

    public void Dispose() => _one.Dispose();

    /// <summary>Reloads. Never throws for what is wrong with the configuration: that is in the answer and in the log, and nothing has been changed.</summary>
    public async Task<ControlAnswer> ReloadAsync(string cause)
    {
        await _one.WaitAsync();
        try
        {
            ControlLog.Reloading(log, cause);
            broker.ReloadCertificates();
            var answer = await ReloadCoreAsync();
            foreach (var problem in answer.Errors) ControlLog.NotReloaded(log, problem);
            foreach (var outcome in answer.Output) ControlLog.Reloaded(log, outcome);
            return answer;
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<ControlAnswer> ReloadCoreAsync()
    {
        var errors = new ConfigErrors();
        try
        {
            var options = ConfigurationSource.Read(file, errors);
            foreach (var warning in errors.Warnings) StartLog.ConfigurationWarning(log, warning.ToString()); // those of plugins are the broker's to log
            if (options is not null)
            {
                OnRead?.Invoke(options);
                ConfigurationSource.CheckPlugins(options, errors); // with its places in the file
            }

            if (options is null || errors.HasErrors) return ControlAnswer.Failed(errors.Errors);
            var result = await broker.ReloadAsync(options);
            foreach (var key in result.NeedRestart) ControlLog.NeedsRestart(log, key);
            var restart = result.NeedRestart.Count == 0 ? "" : $"; needs a restart: {string.Join(", ", result.NeedRestart)}";
            return ControlAnswer.Done($"plugins started: {List(result.StartedPlugins)}; stopped: {List(result.StoppedPlugins)}; kept: {List(result.KeptPlugins)}{restart}");
        }
        catch (ConfigurationException e)
        {
            return ControlAnswer.Failed(e.Errors);
        }
        catch (PluginException e)
        {
            return ControlAnswer.Failed(PluginCode.Describe(e));
        }
        catch (Exception e)
        {
            // Whatever it is, the broker goes on, and whoever asked and the log are told.
            return ControlAnswer.Failed(e.Message);
        }
    }

    private static string List(IReadOnlyList<string> names) => names.Count == 0 ? "none" : string.Join(", ", names);
}
