using Microsoft.Extensions.Logging;

namespace Amqtt.Cli.Logging;

/// <summary>The loggers of a broker that runs in a terminal.</summary>
internal static class BrokerLoggers
{
    private const string HttpClients = "System.Net.Http.HttpClient";

    /// <param name="provider">Receives the lines.</param>
    /// <param name="debug">Level Debug instead of Information.</param>
    public static ILoggerFactory Create(ILoggerProvider provider, bool debug) => LoggerFactory.Create(logging => logging
        .SetMinimumLevel(debug ? LogLevel.Debug : LogLevel.Information)
        // A plugin may ask a web service about every message: four lines for each request would be most of the log.
        .AddFilter(HttpClients, debug ? LogLevel.Debug : LogLevel.Warning)
        .AddProvider(provider));
}
