using Amqtt.Plugins;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Amqtt.Client;

/// <summary>What a program gives its client beside options.</summary>
public sealed record ClientServices
{
    /// <summary>Makes the loggers of client and plugins.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>The clock of keep alive, time-outs and reconnects.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Called before every attempt to connect, after the plugins; what it returns is used. For example to put in a fresh token. What it throws fails the attempt.</summary>
    public Func<ConnectingContext, CancellationToken, ValueTask<ClientConnectOptions>>? Connecting { get; init; }

    /// <summary>Enhanced authentication (5.0). Default none.</summary>
    public IEnhancedAuthentication? Authentication { get; init; }

    /// <summary>Adds the services that the program shares with its plugins.</summary>
    public Action<IServiceCollection>? SharePluginServices { get; init; }
}
