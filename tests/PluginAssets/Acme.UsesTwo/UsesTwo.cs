using Amqtt.Plugins;
using Microsoft.Extensions.Logging;

namespace Acme;

[PluginAlias("uses-two")]
public sealed class UsesTwo(ILogger<UsesTwo> logger) : BrokerPlugin
{
    public override ValueTask OnBrokerPreStartAsync(CancellationToken cancel)
    {
        logger.LogInformation("{Text}", Library.Text);
        return default;
    }
}
