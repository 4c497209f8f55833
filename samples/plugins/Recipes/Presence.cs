using Amqtt.Plugins;
using Amqtt.Protocol;

namespace Recipes;

/// <summary>Keeps a retained message for each client: <c>presence/CLIENT</c> is <c>online</c> or <c>offline</c>.</summary>
public sealed class Presence(BrokerContext broker) : BrokerPlugin
{
    /// <inheritdoc/>
    public override ValueTask OnBrokerClientConnectedAsync(ClientConnectedEvent e, CancellationToken cancel) => SayAsync(e.ClientId, "online", cancel);

    /// <inheritdoc/>
    public override ValueTask OnBrokerClientDisconnectedAsync(ClientDisconnectedEvent e, CancellationToken cancel) => SayAsync(e.ClientId, "offline", cancel);

    private async ValueTask SayAsync(string clientId, string state, CancellationToken cancel)
    {
        // A client id may hold what a topic name may not.
        var topic = $"presence/{clientId}";
        if (TopicName.IsValid(topic)) await broker.PublishAsync(topic, state, QoS.AtLeastOnce, retain: true, cancel);
    }
}
