using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Amqtt.Plugins.Standard.Tests;

/// <summary>Keeps what is logged, and lets a test wait for a line.</summary>
internal sealed class AwaitableLog : ILoggerFactory
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<Line> _lines = new();
    private volatile TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What has been logged so far.</summary>
    public IReadOnlyList<Line> Lines => [.. _lines];

    /// <summary>Texts of one level.</summary>
    public IEnumerable<string> At(LogLevel level) => Lines.Where(line => line.Level == level).Select(line => line.Text);

    /// <summary>Waits for a number of lines that have a text in them.</summary>
    public async Task WaitForAsync(string text, int times = 1)
    {
        while (true)
        {
            var next = _next.Task;
            if (Lines.Count(line => line.Text.Contains(text, StringComparison.Ordinal)) >= times) return;
            await next.WaitAsync(Patience, TestContext.Current.CancellationToken);
        }
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    private void Add(Line line)
    {
        _lines.Enqueue(line);
        Interlocked.Exchange(ref _next, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    public sealed record Line(string Category, LogLevel Level, string Text, Exception? Exception);

    private sealed class Logger(AwaitableLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Add(new(category, logLevel, formatter(state, exception), exception));
    }
}
