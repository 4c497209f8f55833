using Amqtt.Client;
using Amqtt.Protocol;

namespace Samples;

/// <summary>What a sample does with --once: a client says something to itself through the broker, over the network.</summary>
internal static class Exchange
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<bool> RunAsync(string uri)
    {
        using var patience = new CancellationTokenSource(Patience);
        await using var client = new MqttClient(uri);
        await client.ConnectAsync(cancellationToken: patience.Token);
        await using var greetings = await client.SubscribeAsync("greetings", QoS.AtLeastOnce, cancellationToken: patience.Token);
        await client.PublishAsync("greetings", $"hello over {uri}", QoS.AtLeastOnce, cancellationToken: patience.Token);
        await foreach (var message in greetings.WithCancellation(patience.Token))
        {
            Console.WriteLine($"{message.Topic}: {message.Text}");
            return message.Text == $"hello over {uri}";
        }

        return false;
    }
}
