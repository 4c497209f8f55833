using System.Globalization;
using Amqtt.Plugins;
using Microsoft.Extensions.Logging;

namespace Amqtt.Cli.Logging;

/// <summary>
/// <c>[time] :: LEVEL - message</c>. Messages contain text from the network (client ids, topics), so everything is escaped: a client can neither forge a line
/// nor reach the terminal. Exceptions follow in lines of their own, indented; for one of a plugin it is said where the plugin's code was.
/// </summary>
internal sealed class LogLineFormat(bool showCategory, TimeProvider time)
{
    private const string OfPlugins = "amqtt.broker.plugins";
    private const string PackagedPlugins = "Amqtt.Plugins.Standard.";
    private static readonly string[] NotOfPlugins = ["System.", "Microsoft.", "Amqtt.Plugins.", "Amqtt.Protocol.", "Amqtt.Runtime.", "Amqtt.Broker."];

    public string Line(LogLevel level, string category, string message, Exception? exception)
    {
        var source = showCategory ? category + ": " : "";
        var line = string.Create(CultureInfo.InvariantCulture, $"[{time.GetLocalNow():yyyy-MM-dd HH:mm:ss.fff}] :: {Name(level)} - {source}{LogText.Escape(message)}\n");
        return exception is null ? line : line + Lines(exception, category);
    }

    public string Dropped(int lines) => Line(LogLevel.Warning, "amqtt", $"{lines} log lines were dropped: the output is slower than the log", exception: null);

    // The stack trace is for developers; what happened is for everyone.
    private string Lines(Exception exception, string category)
    {
        var lines = (showCategory ? exception.ToString() : $"{exception.GetType().Name}: {exception.Message}").Split('\n');
        var place = !showCategory && category.StartsWith(OfPlugins, StringComparison.Ordinal) ? PlaceOf(exception) : null;
        return string.Concat(lines.Append(place).OfType<string>().Select(static line => $"    {LogText.Escape(line.TrimEnd('\r'))}\n"));
    }

    // Whoever wrote the plugin needs one line to find the mistake; the frames above it, of the framework and of the broker, do not help.
    private static string? PlaceOf(Exception exception) => exception.StackTrace?.Split('\n').Select(static line => line.Trim())
        .FirstOrDefault(static line => line.StartsWith("at ", StringComparison.Ordinal) && (Begins(line, PackagedPlugins) || !NotOfPlugins.Any(name => Begins(line, name))));

    private static bool Begins(string line, string name) => line.AsSpan("at ".Length).StartsWith(name, StringComparison.Ordinal);

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Trace => "TRACE",
        LogLevel.Debug => "DEBUG",
        LogLevel.Information => "INFO",
        LogLevel.Warning => "WARNING",
        LogLevel.Error => "ERROR",
        _ => "CRITICAL",
    };
}
