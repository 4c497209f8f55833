using Microsoft.Extensions.Logging;

namespace Amqtt.Runtime.Plugins;

/// <summary>
/// The logger of a plugin: <c>amqtt.broker.plugins.Class</c> whatever namespace the class is in, and below that for the plugin's other classes.
/// </summary>
internal sealed class PluginLogger<T>(ILoggerFactory factory, ILogger plugin, PluginIdentity identity, PluginHostOptions options) : ILogger<T>
{
    private readonly ILogger _logger = identity.Type == typeof(T) ? plugin : factory.CreateLogger($"{options.Category}.{identity.Type.Name}.{typeof(T).Name}");

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
        => _logger.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => _logger.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        => _logger.Log(logLevel, eventId, state, exception, formatter);
}
