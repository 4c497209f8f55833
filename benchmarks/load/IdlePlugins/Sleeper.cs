using Amqtt.Plugins;

namespace IdlePlugins;

/// <summary>A plugin that wants to see every message, and sleeps over each for as long as it may. Its lane is soon full.</summary>
public sealed class Sleeper : BrokerPlugin
{
    public override async ValueTask OnBrokerMessageReceivedAsync(MessageReceivedEvent e, CancellationToken cancel) => await Task.Delay(Timeout.Infinite, cancel);
}
