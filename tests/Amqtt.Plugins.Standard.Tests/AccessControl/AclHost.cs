using Amqtt.Protocol;

namespace Amqtt.Plugins.Standard.Tests.AccessControl;

/// <summary>Asks rules what they allow as clients do: by trying it.</summary>
internal static class AclHost
{
    /// <summary>A broker with one plugin that decides about topics, and access for everyone.</summary>
    public static Task<PluginTestHost> StartAsync(string plugin) => PluginTestHost.StartAsync($"plugins: [anonymous, {{{plugin}}}]");

    /// <summary>Connects a client for the one action; whether it gets what it wants.</summary>
    public static async Task<bool> AllowsAsync(this PluginTestHost host, TopicAction action, string? user, string topic, string clientId = "client")
    {
        await using var client = await host.ConnectAsync(clientId, user);
        switch (action)
        {
            case TopicAction.Publish:
                var published = await client.PublishAsync(topic, "x", QoS.AtLeastOnce);
                Assert.Contains(published, new[] { ReasonCode.NoMatchingSubscribers, ReasonCode.NotAuthorized });
                return published == ReasonCode.NoMatchingSubscribers;
            case TopicAction.Subscribe:
                var subscribed = await client.SubscribeAsync(topic);
                Assert.Contains(subscribed, new[] { ReasonCode.GrantedQoS2, ReasonCode.NotAuthorized });
                return subscribed == ReasonCode.GrantedQoS2;
            case TopicAction.Receive:
                await host.Broker.PublishAsync(new BrokerMessage { Topic = topic }, new() { ToClient = clientId });
                var mayReceive = (await host.Calls.WaitAsync(Hook.FilterTopic, call => call.Facts == $"FilterTopic Receive '{topic}' of client '{clientId}'")).Decision!.Value.IsAllow;
                if (mayReceive) await client.ReceiveAsync();
                else await client.ExpectNothingAsync();
                return mayReceive;
            default:
                throw new ArgumentOutOfRangeException(nameof(action), action, null);
        }
    }
}
