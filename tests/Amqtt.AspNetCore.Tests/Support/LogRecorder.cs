using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Amqtt.AspNetCore.Tests.Support;

/// <summary>Keeps every log line of a broker under test.</summary>
internal sealed class LogRecorder : ILoggerProvider
{
    private readonly ConcurrentQueue<(string Category, LogLevel Level, string Text)> _lines = new();

    /// <summary>What has been logged so far.</summary>
    public IReadOnlyCollection<(string Category, LogLevel Level, string Text)> Lines => _lines;

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Recorder(categoryName, _lines);

    /// <inheritdoc/>
    public void Dispose()
    {
        // The lines stay readable after the broker has gone.
    }

    private sealed class Recorder(string category, ConcurrentQueue<(string Category, LogLevel Level, string Text)> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue((category, logLevel, formatter(state, exception) + exception));
    }
}
