using Amqtt.Client;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace ClientTour;

internal static class Publishing
{
    public static async Task RunAsync(MqttClient client)
    {
        await client.PublishAsync("tour/plain", "at most once");

        // Completes with the QoS flow. Any number of threads may do this at once: the client gathers their messages into few writes,
        // and a publish waits where the broker's Receive Maximum would be passed.
        var result = await client.PublishAsync("tour/safe", "exactly once", QoS.ExactlyOnce, retain: true);
        Console.WriteLine($"packet {result.PacketId}: {result.PubRec}");

        var options = new PublishOptions
        {
            Properties = new() { MessageExpiryInterval = 60, ContentType = "text/plain", UserProperties = [new UserProperty("source", "tour")] },
            AckTimeout = TimeSpan.FromSeconds(10),
        };
        await client.PublishAsync("tour/rich", "with properties", QoS.AtLeastOnce, options: options);
    }
}
