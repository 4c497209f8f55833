using Amqtt.Broker.Diagnostics;
using Amqtt.Broker.Routing;
using Amqtt.Plugins;
using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Plugins;
using Microsoft.Extensions.Logging;

namespace Amqtt.Broker.Operations;

/// <summary>On whose behalf an operation is done: a plugin, or the program that embeds the broker.</summary>
/// <param name="plugin">The plugin; null for the program.</param>
/// <param name="log">Where faults of the program's own handlers go.</param>
internal sealed class Caller(HostedPlugin? plugin, ILogger log)
{
    private const int Modes = 3;
    private static readonly TimeSpan ProgramTimeout = TimeSpan.FromSeconds(10);

    // Every message points to one of these, so there is one for each way to publish.
    private readonly PluginOrigin?[] _origins = new PluginOrigin?[2 * Modes];

    /// <summary>The name for logs and client ids.</summary>
    public string Name => plugin?.Identity.Id ?? "program";

    /// <summary>Who it is that disconnects a client.</summary>
    public DeniedBy By => DeniedBy.ThePlugin(plugin?.Identity.Id);

    /// <summary>How long a handler may take for one message.</summary>
    public TimeSpan HandlerTimeout => plugin?.Timeouts.Observe ?? ProgramTimeout;

    /// <summary>Cancelled when the caller is about to end.</summary>
    public CancellationToken Stopping => plugin?.Context.Stopping ?? CancellationToken.None;

    /// <summary>What the caller's messages point to.</summary>
    public PluginOrigin OriginFor(PublishOptions options)
    {
        ref PluginOrigin? origin = ref _origins[((int)options.Transforms % Modes) + (options.BypassFilters ? Modes : 0)];
        return origin ??= new PluginOrigin((object?)plugin ?? this, options.BypassFilters, options.Transforms);
    }

    /// <summary>Whether a message is the caller's own, or that of the copy of a plugin whose place it has taken.</summary>
    public bool Owns(PluginOrigin? origin) =>
        origin is not null && (origin.Publisher == ((object?)plugin ?? this) || (plugin is not null && origin.Publisher is HostedPlugin { IsReplaced: true } old && plugin.IsNamedLike(old)));

    /// <summary>Whether the caller listens in a generation of plugins: one that is being started in another's place does not yet, and the other does not any more afterwards.</summary>
    public bool Hears(int generation) => plugin is null || plugin.IsOf(generation);

    /// <summary>A message begins to wait for a handler of the caller.</summary>
    public void Heard() => plugin?.Heard.Enter();

    /// <summary>It was handled, or will not be.</summary>
    public void Handled() => plugin?.Heard.Leave();

    // Whoever reads what a plugin logs finds its faults there, with the place in its code.
    private ILogger Log => plugin?.Context.Logger ?? log;

    /// <summary>A handler of the caller threw; without a fault it took too long.</summary>
    public void HandlerFailed(string filter, Exception? fault)
    {
        if (fault is null) BrokerLog.ListenerHandlerTimedOut(Log, Name, LogText.Escape(filter), DurationText.Format(HandlerTimeout));
        else BrokerLog.ListenerHandlerFailed(Log, fault, Name, LogText.Escape(filter));
    }

    /// <summary>A handler of the caller does not keep up.</summary>
    public void HandlerIsSlow(string filter) => BrokerLog.ListenerLaneFull(Log, Name, LogText.Escape(filter));
}
