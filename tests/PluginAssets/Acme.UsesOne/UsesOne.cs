using Amqtt.Plugins;
using Microsoft.Extensions.Logging;

namespace Acme;

[PluginAlias("uses-one")]
public sealed class UsesOne(ILogger<UsesOne> logger) : BrokerPlugin
{
    public override ValueTask OnBrokerPreStartAsync(CancellationToken cancel)
    {
        logger.LogInformation("{Text}", new Greeting().Text);
        return default;
    }

    private sealed record Greeting() : Word(Library.Text);
}
