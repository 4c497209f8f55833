using Microsoft.Extensions.Logging;

namespace Amqtt.Cli.Commands;

/// <summary>What the program itself says around the broker's life.</summary>
internal static partial class StartLog
{
    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Amqtt.NET {Version} starts with {Configuration}; plugins: {Plugins}")]
    public static partial void Starting(ILogger log, string version, string configuration, int plugins);

    [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "{Warning}")]
    public static partial void ConfigurationWarning(ILogger log, string warning);

    [LoggerMessage(EventId = 3, Level = LogLevel.Information, Message = "listener '{Listener}': max_connections {MaxConnections}")]
    public static partial void Listener(ILogger log, string listener, string maxConnections);

    [LoggerMessage(EventId = 4, Level = LogLevel.Information, Message =
        "Only this machine can connect. To open the broker to the network: amqtt config show > broker.yaml, set 'bind: 0.0.0.0:1883' there, start with amqtt -c broker.yaml")]
    public static partial void LoopbackOnly(ILogger log);

    [LoggerMessage(EventId = 5, Level = LogLevel.Information, Message = "{Signal}: shutting down")]
    public static partial void Stopping(ILogger log, string signal);

    [LoggerMessage(EventId = 6, Level = LogLevel.Information, Message = "shut down")]
    public static partial void Stopped(ILogger log);
}
