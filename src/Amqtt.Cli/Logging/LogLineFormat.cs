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
        var place = !showCategory && category.StartsWith(OfPlugins, StringComparison.Ordinal) ? PluginCode.PlaceOf(exception) : null;
        return string.Concat(lines.Append(place).OfType<string>().Select(static line => $"    {LogText.Escape(line.TrimEnd('\r'))}\n"));
    }

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
