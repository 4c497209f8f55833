using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Amqtt.Client.Tests.Support;

/// <summary>Keeps every log line of a client under test.</summary>
internal sealed class LogRecorder : ILoggerFactory
{
    public ConcurrentQueue<(string Category, LogLevel Level, string Text)> Lines { get; } = new();

    /// <summary>Called with each line, by whoever writes it and before that goes on.</summary>
    public Action<string>? Wrote { get; set; }

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public ILogger CreateLogger(string categoryName) => new Recorder(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Recorder(LogRecorder recorder, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var text = formatter(state, exception) + exception;
            recorder.Lines.Enqueue((category, logLevel, text));
            recorder.Wrote?.Invoke(text);
        }
    }
}
