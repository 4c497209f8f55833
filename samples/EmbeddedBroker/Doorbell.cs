using Amqtt.Plugins;

namespace EmbeddedBroker;

/// <summary>Says who comes and goes, and keeps one room closed.</summary>
internal sealed class Doorbell(Doorbell.Config config) : BrokerPlugin, ITopicPlugin
{
    public sealed class Config
    {
        public string Closed { get; init; } = "cellar";
    }

    public ValueTask<Decision> FilterTopicAsync(TopicContext context) => context.Topic == config.Closed ? Decision.Deny() : Decision.Allow;

    public override ValueTask OnBrokerClientConnectedAsync(ClientConnectedEvent e, CancellationToken cancel)
    {
        Console.WriteLine($"{e.ClientId} came from {e.Session.RemoteAddress}");
        return default;
    }

    public override ValueTask OnBrokerClientDisconnectedAsync(ClientDisconnectedEvent e, CancellationToken cancel)
    {
        Console.WriteLine($"{e.ClientId} left: {e.Cause}");
        return default;
    }
}
