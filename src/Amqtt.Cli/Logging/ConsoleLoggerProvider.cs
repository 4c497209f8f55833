using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Amqtt.Cli.Logging;

/// <summary>
/// Writes the log to a stream, line by line, on a thread of its own: whoever logs never waits for a slow terminal or a full pipe.
/// If the writer falls too far behind, lines are dropped, and a line says how many.
/// </summary>
internal sealed class ConsoleLoggerProvider : ILoggerProvider
{
    private const int MostWaiting = 10_000;
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(5);

    private readonly BlockingCollection<string> _lines = new(MostWaiting);
    private readonly LogLineFormat _format;
    private readonly TextWriter _output;
    private readonly Thread _writer;
    private int _dropped;

    /// <param name="output">Receives the lines.</param>
    /// <param name="showCategory">Show the name of the logger in each line.</param>
    /// <param name="time">Clock of the time stamps.</param>
    public ConsoleLoggerProvider(TextWriter output, bool showCategory, TimeProvider time)
    {
        _output = output;
        _format = new(showCategory, time);
        _writer = new(WriteLines) { IsBackground = true, Name = "amqtt log" };
        _writer.Start();
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new ConsoleLogger(categoryName, _format, this);

    /// <summary>Hands over finished text of one or more lines. After the end of the provider it is dropped.</summary>
    public void Write(string lines)
    {
        if (_lines.IsAddingCompleted || !_lines.TryAdd(lines))
            Interlocked.Increment(ref _dropped);
    }

    /// <summary>Writes what is waiting and ends.</summary>
    public void Dispose()
    {
        _lines.CompleteAdding();
        _writer.Join(FlushTimeout);
    }

    private void WriteLines()
    {
        foreach (var lines in _lines.GetConsumingEnumerable())
        {
            try
            {
                _output.Write(lines);
                if (_lines.Count > 0)
                    continue;
                if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
                    _output.Write(_format.Dropped(dropped));
                _output.Flush();
            }
            catch (IOException)
            {
                // A full disk, for example. The broker goes on, and the log says what is missing when there is room again.
                Interlocked.Increment(ref _dropped);
            }
        }
    }
}
