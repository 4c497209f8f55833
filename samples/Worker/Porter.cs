using System.Collections.Concurrent;
using Amqtt.Plugins;
using Microsoft.Extensions.Logging;

namespace Worker;

/// <summary>A service of the host.</summary>
internal sealed class GuestBook
{
    public ConcurrentQueue<string> Guests { get; } = new();
}

/// <summary>A plugin that uses it. The options come from the section of its name.</summary>
internal sealed class Porter(Porter.Config config, GuestBook book, ILogger<Porter> log) : BrokerPlugin
{
    public sealed class Config
    {
        public string Greeting { get; init; } = "hello";
    }

    public override ValueTask OnBrokerClientConnectedAsync(ClientConnectedEvent e, CancellationToken cancel)
    {
        log.LogInformation("{Greeting}, {Client}", config.Greeting, e.ClientId);
        book.Guests.Enqueue(e.ClientId);
        return default;
    }
}
