using Amqtt.Plugins;
using Microsoft.Extensions.Logging;

namespace Amqtt.Runtime.Plugins;

/// <summary>What the host itself says about plugins.</summary>
internal static partial class PluginLog
{
    [LoggerMessage(1, LogLevel.Error, "Plugin {Plugin}: {Hook} failed.")]
    public static partial void HookThrew(this ILogger logger, string plugin, Hook hook, Exception exception);

    [LoggerMessage(2, LogLevel.Error, "Plugin {Plugin}: {Hook} took longer than {Timeout} and is waited for no longer.")]
    public static partial void HookTimedOut(this ILogger logger, string plugin, Hook hook, string timeout);

    [LoggerMessage(3, LogLevel.Error, "Plugin {Plugin}: {Hook} has been blocking its thread for {Since}; the plugin's other events wait.")]
    public static partial void HookBlocks(this ILogger logger, string plugin, Hook hook, TimeSpan since);

    [LoggerMessage(4, LogLevel.Debug, "Plugin {Plugin}: {Hook} is quick enough to be called on the event loops.")]
    public static partial void HookMovedToCaller(this ILogger logger, string plugin, Hook hook);

    [LoggerMessage(5, LogLevel.Warning, "Plugin {Plugin}: {Hook} held up an event loop for {Milliseconds} ms and is called on the thread pool again.")]
    public static partial void HookMovedToPool(this ILogger logger, string plugin, Hook hook, long milliseconds);

    [LoggerMessage(6, LogLevel.Warning, "Plugin {Plugin} does not keep up: its lane is full and events are dropped, the first one for {Hook}.")]
    public static partial void LaneIsFull(this ILogger logger, string plugin, Hook hook);

    [LoggerMessage(20, LogLevel.Warning, "Plugin {Plugin}: events dropped while its lane was full: {Events}.")]
    public static partial void EventsWereDropped(this ILogger logger, string plugin, long events);

    [LoggerMessage(7, LogLevel.Warning, "Plugin {Plugin}: its {Output} is ignored, an earlier plugin set another.")]
    public static partial void OutputIgnored(this ILogger logger, string plugin, string output);

    [LoggerMessage(8, LogLevel.Error, "Plugin {Plugin}: its background work failed.")]
    public static partial void WorkThrew(this ILogger logger, string plugin, Exception exception);

    [LoggerMessage(9, LogLevel.Error, "Plugin {Plugin}: {What} failed or took too long; the shutdown goes on.")]
    public static partial void StopFailed(this ILogger logger, string plugin, string what, Exception? exception);

    [LoggerMessage(10, LogLevel.Error, "Plugin {Plugin} is not required, so the broker starts without it; whatever it would decide is refused. {Problem}")]
    public static partial void GoesOnWithout(this ILogger logger, string plugin, string problem, Exception? exception);

    [LoggerMessage(11, LogLevel.Warning, "No plugin decides who may connect: every client is refused.")]
    public static partial void NobodyMayConnect(this ILogger logger);

    [LoggerMessage(19, LogLevel.Information, "No plugin decides who may connect without a method of enhanced authentication: a client that names none is refused.")]
    public static partial void OnlyMethodsMayConnect(this ILogger logger);

    [LoggerMessage(12, LogLevel.Debug, "The private copies of plugins in {Folder} could not be removed.")]
    public static partial void CopiesRemain(this ILogger logger, string folder, Exception exception);

    [LoggerMessage(13, LogLevel.Information, "Plugin {Plugin}: {Class} {Version} from {Assembly}.")]
    public static partial void Loaded(this ILogger logger, string plugin, string? @class, string? version, string? assembly);

    [LoggerMessage(15, LogLevel.Error, "Plugin {Plugin}: {Hook} mostly fails and is not called for {Time}; what it would answer is refused.")]
    public static partial void BreakerOpened(this ILogger logger, string plugin, Hook hook, TimeSpan time);

    [LoggerMessage(16, LogLevel.Information, "Plugin {Plugin}: {Hook} works again.")]
    public static partial void Recovered(this ILogger logger, string plugin, Hook hook);

    [LoggerMessage(17, LogLevel.Warning, "Plugin {Plugin}: {Hook} was not called: all of its $max_concurrency calls were under way for {Timeout}.")]
    public static partial void NoPlace(this ILogger logger, string plugin, Hook hook, TimeSpan timeout);

    [LoggerMessage(18, LogLevel.Error, "Plugin {Plugin}: {Hook} has been blocking an event loop for {Since} or longer; the clients of that loop wait. Further calls are made on the thread pool.")]
    public static partial void HookBlocksLoop(this ILogger logger, string plugin, Hook hook, TimeSpan since);

    [LoggerMessage(14, LogLevel.Warning, "{Message}")]
    public static partial void ConfigurationWarning(this ILogger logger, string message);
}
