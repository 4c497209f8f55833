using System.CommandLine;
using Amqtt.Cli.Logging;
using Amqtt.Client;
using Amqtt.Client.Configuration;
using Amqtt.Protocol;
using Amqtt.Runtime.Configuration;
using Microsoft.Extensions.Logging;

namespace Amqtt.Cli.Commands.Clients;

/// <summary>Runs a command with a client: log to the error stream, signals, and what an exception means for the exit code.</summary>
internal static class ClientSession
{
    /// <summary>Runs the command.</summary>
    /// <param name="terminal">Where to report.</param>
    /// <param name="debug">Log at level Debug.</param>
    /// <param name="run">The command; its token is cancelled by the first signal.</param>
    /// <param name="cancel">Ends it, as a signal does.</param>
    /// <returns>What the command returns; 1 if it cannot do what it was asked.</returns>
    public static async Task<int> RunAsync(Terminal terminal, bool debug, Func<ILoggerFactory, CancellationToken, Task<int>> run, CancellationToken cancel)
    {
        using var signals = new ShutdownSignals();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel, signals.Requested);
        using var provider = new ConsoleLoggerProvider(terminal.ErrorOutput, showCategory: debug, TimeProvider.System);
        using var loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(debug ? LogLevel.Debug : LogLevel.Warning).AddProvider(provider));
        try
        {
            return await run(loggers, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }
        catch (ConfigurationException error)
        {
            terminal.Errors(error.Errors);
        }
        catch (Exception error) when (error is AmqttException or IOException or UnauthorizedAccessException or TimeoutException)
        {
            terminal.Error(debug ? error.ToString() : error.Message);
        }

        return 1;
    }

    /// <summary>A client that is connected.</summary>
    public static async Task<MqttClient> ConnectAsync(ClientOptions options, ConnectArguments arguments, ILoggerFactory loggers, CancellationToken cancel)
    {
        var client = new MqttClient(options, new() { LoggerFactory = loggers });
        try
        {
            await client.ConnectAsync(arguments, cancel);
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }
}
