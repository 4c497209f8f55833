using Microsoft.Extensions.Logging;

namespace Amqtt.AspNetCore.WebSockets;

/// <summary>
/// The broker's log for the web server inside a listener: what that says at Information is detail here, at Debug. It has a line for every connection that
/// comes and goes, and strangers open and cut as many as they like.
/// </summary>
internal sealed class DetailLoggers(ILoggerFactory broker) : ILoggerFactory
{
    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new DetailLogger(broker.CreateLogger(categoryName));

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => broker.AddProvider(provider);

    /// <inheritdoc/>
    public void Dispose()
    {
        // The broker's log goes on.
    }

    private sealed class DetailLogger(ILogger broker) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => broker.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => broker.IsEnabled(Lowered(logLevel));

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            LogLevel level = Lowered(logLevel);
            broker.Log(level, eventId, state, exception, formatter);
        }

        private static LogLevel Lowered(LogLevel level) => level == LogLevel.Information ? LogLevel.Debug : level;
    }
}
