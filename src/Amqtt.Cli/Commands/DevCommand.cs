using System.Diagnostics;
using Amqtt.Broker;
using Amqtt.Broker.Configuration;
using Amqtt.Cli.Compilation;
using Amqtt.Cli.Logging;
using Amqtt.Plugins;
using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Plugins;
using Microsoft.Extensions.Logging;

namespace Amqtt.Cli.Commands;

/// <summary><c>amqtt dev FILE.cs</c>: runs a broker with a plugin that is one source file, and swaps the plugin in at every save of it, or of the configuration. No client is disconnected.</summary>
internal sealed class DevCommand(Terminal terminal)
{
    /// <summary>Runs until a signal ends it. What does not compile or has wrong options is reported, and the next save is waited for.</summary>
    /// <param name="source">The source file.</param>
    /// <param name="file">A configuration file for the rest, or null for loopback and anonymous access.</param>
    /// <param name="debug">Log at level Debug.</param>
    /// <param name="cancel">Ends it, too.</param>
    public async Task<int> RunAsync(string source, string? file, bool debug, CancellationToken cancel)
    {
        source = Path.GetFullPath(source);
        if (!File.Exists(source))
        {
            terminal.Error($"there is no file {source}");
            return 1;
        }

        using var signals = new ShutdownSignals();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel, signals.Requested);
        using var provider = new ConsoleLoggerProvider(terminal.Output, showCategory: debug, TimeProvider.System);
        using var loggers = BrokerLoggers.Create(provider, debug);
        using var saves = new FileSaves(file is null ? [source] : [source, Path.GetFullPath(file)]);
        var services = new BrokerServices { LoggerFactory = loggers, PluginCompiler = new SourceCompiler(), UnloadPlugins = true };
        MqttBroker? broker = null;
        try
        {
            while (true)
            {
                var began = Stopwatch.GetTimestamp();
                if (Configure(source, file) is { } options && await TryUseAsync(options) is { } running)
                {
                    broker = running;
                    terminal.Done($"{Path.GetFileName(source)} is in, after {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s; save it to swap it");
                }

                await saves.NextAsync(stop.Token);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }
        finally
        {
            if (broker is not null) await broker.DisposeAsync();
        }

        async Task<MqttBroker?> TryUseAsync(BrokerOptions options)
        {
            try
            {
                if (broker is null) return await MqttBroker.StartAsync(options, services with { BaseDirectory = options.BaseDirectory }, stop.Token);
                await broker.ReloadAsync(options, stop.Token);
                return broker;
            }
            catch (ConfigurationException exception)
            {
                terminal.Errors(exception.Errors);
            }
            catch (Exception exception) when (exception is PluginException or BrokerException)
            {
                terminal.Error(exception is PluginException fault ? PluginCode.Describe(fault) : exception.Message);
                if (file is null && exception is PluginLoadException)
                    terminal.Hint($"options of a plugin stand below its name in a configuration file: amqtt dev {Path.GetFileName(source)} -c broker.yaml");
            }

            return null;
        }
    }

    /// <summary>The configuration with every plugin of the source file in it; null if something is wrong, which has been reported.</summary>
    private BrokerOptions? Configure(string source, string? file)
    {
        var errors = new ConfigErrors();
        var options = ConfigurationSource.Read(file, errors);
        if (options is not null && !errors.HasErrors)
        {
            using var compiled = new SourcePlugins(ConfigurationSource.HostOptions(options));
            var classes = compiled.Read(source, errors).Where(found => found.Facts.IsPlugin).ToArray();
            if (classes.Length == 0 && !errors.HasErrors)
                errors.Add(new ConfigLocation(source, 0, 0), "there is no plugin in it; expected a class that derives from BrokerPlugin");
            options.Plugins = WithSource(options.Plugins, source, classes);
        }

        terminal.Warnings(errors.Warnings);
        terminal.Errors(errors.Errors);
        return errors.HasErrors ? null : options;
    }

    /// <summary>A plugin of the source that the configuration names keeps its place and its options; the others are added at the end.</summary>
    private static PluginCollection WithSource(PluginCollection configured, string source, FoundClass[] classes)
    {
        var plugins = new PluginCollection();
        var left = classes.ToList();
        foreach (var registration in configured)
        {
            var found = left.Find(found => found.Facts.Name == registration.Path || found.Facts.Aliases.Contains(registration.Path));
            if (found is not null) left.Remove(found);
            plugins.Add(found is null ? registration.Path : $"{source}#{found.Facts.Name}", registration.Options);
        }

        foreach (var found in left) plugins.Add($"{source}#{found.Facts.Name}");
        return plugins;
    }
}
