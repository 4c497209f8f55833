using Microsoft.Extensions.Logging;

namespace Amqtt.Cli.Logging;

/// <summary>The logger of one category. Levels are filtered before it is called.</summary>
internal sealed class ConsoleLogger(string category, LogLineFormat format, ConsoleLoggerProvider provider) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        provider.Write(format.Line(logLevel, category, formatter(state, exception), exception));
}
