using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Amqtt.Fuzz;

/// <summary>Keeps the broker's errors: whatever a client sends is refused, it does not go wrong.</summary>
internal sealed class FaultLog : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _faults = new();

    public void ThrowIfAny()
    {
        if (_faults.TryDequeue(out string? fault)) throw new InvalidOperationException(fault);
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) _faults.Enqueue($"{formatter(state, exception)} {exception}");
    }

    public void Dispose()
    {
        // Nothing is held.
    }
}
