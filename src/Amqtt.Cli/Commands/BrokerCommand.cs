using System.Runtime.InteropServices;
using Amqtt.Broker;
using Amqtt.Broker.Configuration;
using Amqtt.Cli.Compilation;
using Amqtt.Cli.Control;
using Amqtt.Cli.Logging;
using Amqtt.Plugins;
using Amqtt.Runtime.Configuration;
using Microsoft.Extensions.Logging;

namespace Amqtt.Cli.Commands;

/// <summary><c>amqtt [-c FILE]</c>: runs the broker until a signal ends it.</summary>
internal sealed class BrokerCommand(Terminal terminal, TimeProvider time)
{
    /// <summary>Runs the broker.</summary>
    /// <returns>0 after a complete shutdown; 1 if the configuration is wrong or the start failed, and then nothing listens, or if the broker has failed.</returns>
    public async Task<int> RunAsync(string? file, bool debug, bool watch, CancellationToken cancel)
    {
        var errors = new ConfigErrors();
        var options = ConfigurationSource.Read(file, errors);
        if (options is null || errors.HasErrors)
            return Report(options, errors);

        using var signals = new ShutdownSignals();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel, signals.Requested);
        using var provider = new ConsoleLoggerProvider(terminal.Output, showCategory: debug, time);
        using var loggers = BrokerLoggers.Create(provider, debug);
        var log = loggers.CreateLogger("amqtt");
        foreach (var warning in errors.Warnings)
            StartLog.ConfigurationWarning(log, warning.ToString());
        StartLog.Starting(log, CommandLine.Version, file ?? "the default configuration", options.Plugins.Count);

        try
        {
            await using var broker = await MqttBroker.StartAsync(options, new BrokerServices { LoggerFactory = loggers, Time = time, PluginCompiler = new SourceCompiler(), BaseDirectory = options.BaseDirectory }, stop.Token);
            using var reloader = new Reloader(broker, file, log);
            using var hangUp = ReloadOnHangUp(reloader);
            using var watcher = watch ? new ChangeWatcher(file, () => _ = reloader.ReloadAsync("a file has changed")) : null;
            watcher?.Follow(options);
            reloader.OnRead = read => watcher?.Follow(read);
            await using var control = ControlSocket.TryOpen(ControlSocket.PathFor(file), command => HandleAsync(command, broker, reloader), log);
            Announce(log, options, file);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(stop.Token, broker.Failed);
            await Task.Delay(Timeout.Infinite, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            StartLog.Stopping(log, stop.IsCancellationRequested ? signals.Name ?? "request" : "the broker has failed");
            await broker.StopAsync(CancellationToken.None);
            StartLog.Stopped(log);
            return stop.IsCancellationRequested ? 0 : 1;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            StartLog.Stopped(log);
            return 0;
        }
        catch (ConfigurationException e)
        {
            terminal.Errors(e.Errors);
            return 1;
        }
        catch (PluginException e)
        {
            // Its message has no place in the file; the check that finds it, too, does.
            if (e is PluginInitException || Report(options, errors) == 0)
                terminal.Errors([new ConfigMessage(PlaceOf(e, options), debug ? e.ToString() : PluginCode.Describe(e))]);
            return 1;
        }
    }

    private static PosixSignalRegistration? ReloadOnHangUp(Reloader reloader)
    {
        if (OperatingSystem.IsWindows())
            return null; // there it means that the console is closed
        return PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            _ = reloader.ReloadAsync("SIGHUP");
        });
    }

    private static async Task<ControlAnswer> HandleAsync(string[] command, MqttBroker broker, Reloader reloader) => command switch
    {
        ["reload"] => await reloader.ReloadAsync("amqtt config reload"),
        ["plugins", "list"] => PluginReports.List(broker.DescribePlugins()),
        _ when ExplainRequest.From(command) is { } request => await PluginReports.ExplainAsync(broker, request),
        _ => ControlAnswer.Failed("the broker does not know this command; it may be another version"),
    };

    // Of several plugins of that name nobody can tell which one it was.
    private static ConfigLocation PlaceOf(PluginException fault, BrokerOptions options) =>
        options.Plugins.Where(plugin => string.Equals(plugin.Path, fault.PluginPath, StringComparison.Ordinal)).ToArray() is [var only] ? only.Location : default;

    private static void Announce(ILogger log, BrokerOptions options, string? file)
    {
        foreach (var listener in options.EffectiveListeners())
            StartLog.Listener(log, listener.Name, listener.MaxConnections == int.MaxValue ? "∞" : listener.MaxConnections.ToString());
        if (file is null)
            StartLog.LoopbackOnly(log);
    }

    private int Report(BrokerOptions? options, ConfigErrors errors)
    {
        if (options is not null)
            ConfigurationSource.CheckPlugins(options, errors);
        terminal.Warnings(errors.Warnings);
        terminal.Errors(errors.Errors);
        return errors.HasErrors ? 1 : 0;
    }
}
