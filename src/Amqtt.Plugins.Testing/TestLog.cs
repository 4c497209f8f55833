using Microsoft.Extensions.Logging;

namespace Amqtt.Plugins.Testing;

/// <summary>What broker and plugins have logged. Any thread.</summary>
public sealed class TestLog
{
    private readonly Feed<TestLogLine> _lines = new();

    internal TestLog()
    {
    }

    /// <summary>The lines so far.</summary>
    public IReadOnlyList<TestLogLine> Lines => _lines.Items;

    /// <summary>The texts that a plugin has logged so far.</summary>
    /// <typeparam name="TPlugin">The plugin's class.</typeparam>
    public IReadOnlyList<string> Of<TPlugin>() =>
        [.. Lines.Where(line => line.Category == $"amqtt.broker.plugins.{typeof(TPlugin).Name}").Select(line => line.Text)];

    /// <summary>The texts of one level so far.</summary>
    /// <param name="level">The level.</param>
    public IReadOnlyList<string> At(LogLevel level) => [.. Lines.Where(line => line.Level == level).Select(line => line.Text)];

    /// <summary>Waits for a line, also one that was before.</summary>
    /// <param name="condition">Which line.</param>
    /// <param name="times">For how many such lines; the last of them is returned.</param>
    /// <exception cref="PluginTestException">There are fewer within 30 s of real time; the message has the log.</exception>
    public Task<TestLogLine> WaitAsync(Func<TestLogLine, bool> condition, int times = 1)
    {
        var seen = 0;
        return _lines.FirstAsync(line => condition(line) && ++seen == times, times == 1 ? "a log line" : $"{times} log lines");
    }

    internal ILoggerFactory CreateFactory() => LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(new Provider(this)));

    private sealed class Provider(TestLog log) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => new Logger(log, categoryName);

        public void Dispose()
        {
        }
    }

    private sealed class Logger(TestLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log._lines.Add(new(logLevel, category, formatter(state, exception), exception));
    }
}

/// <summary>A line of the log.</summary>
/// <param name="Level">How severe.</param>
/// <param name="Category">Whose: <c>amqtt.broker</c>, <c>amqtt.broker.plugins.Class</c>.</param>
/// <param name="Text">The message.</param>
/// <param name="Exception">The exception that belongs to it, or null.</param>
public sealed record TestLogLine(LogLevel Level, string Category, string Text, Exception? Exception)
{
    /// <summary>Level, category and text.</summary>
    public override string ToString() => $"{Level} {Category}: {Text}{(Exception is null ? "" : $" ({Exception.GetType().Name}: {Exception.Message})")}";
}
