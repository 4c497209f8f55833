using Amqtt.Plugins;
using Microsoft.Extensions.Logging;

namespace Acme;

/// <summary>A plugin with no functionality.</summary>
public sealed class OneClassName : BrokerPlugin;

/// <summary>A plugin with configuration options.</summary>
public sealed class TwoClassName(TwoClassName.Config config, ILogger<TwoClassName> logger) : BrokerPlugin
{
    public sealed class Config
    {
        public required int Option1 { get; init; }
        public string Option3 { get; init; } = "my_default_value";
    }

    public override ValueTask OnBrokerPreStartAsync(CancellationToken cancel)
    {
        logger.LogInformation("before start, option1 is {Option1}", config.Option1);
        return default;
    }
}
