using Amqtt.Broker.Configuration;
using Microsoft.Extensions.Logging;

namespace Amqtt.Broker.Listeners;

/// <summary>What a listener's protocol is made from.</summary>
/// <param name="Options">The listener's effective options. Read-only.</param>
/// <param name="LoggerFactory">Where the broker logs.</param>
public sealed record ListenerContext(ListenerOptions Options, ILoggerFactory LoggerFactory);
