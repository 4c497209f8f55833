using Amqtt.Client;
using Amqtt.Protocol;

namespace ClientTour;

internal static class Subscribing
{
    public static async Task RunAsync(MqttClient client, CancellationToken cancel)
    {
        // As a stream: a message is acknowledged when the next one is asked for.
        await using var stream = await client.SubscribeAsync("tour/+", QoS.AtLeastOnce, cancellationToken: cancel);
        await foreach (var message in stream.WithCancellation(cancel))
        {
            Console.WriteLine($"{message.Topic}: {message.Text}");
            break;
        }

        // With a handler, up to four messages at a time, on the thread pool. It may publish, subscribe and request. A message is acknowledged
        // when its handler has completed; if it throws, the broker sends the message again with the next connection.
        await using var handled = await client.SubscribeAsync(
            "jobs/#",
            async (job, token) => await client.PublishAsync("done/" + job.Topic, job.Payload, QoS.AtLeastOnce, cancellationToken: token),
            QoS.AtLeastOnce,
            new() { Concurrency = 4 },
            cancel);
    }
}
