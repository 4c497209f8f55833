using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Amqtt.Runtime.Tests.Plugins;

/// <summary>Keeps what is logged.</summary>
internal sealed class LogRecorder : ILoggerFactory
{
    private readonly ConcurrentQueue<LogLine> _lines = new();

    public LogLevel Level { get; set; } = LogLevel.Debug;

    public IReadOnlyList<LogLine> Lines => [.. _lines];

    public IEnumerable<string> Of(string category) => Lines.Where(line => line.Category == category).Select(line => line.Text);

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    public sealed record LogLine(string Category, LogLevel Level, string Text, Exception? Exception);

    private sealed class Logger(LogRecorder recorder, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= recorder.Level;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) recorder._lines.Enqueue(new(category, logLevel, formatter(state, exception), exception));
        }
    }
}
