using System.Text;
using Amqtt.Client;
using Amqtt.Protocol;

namespace ClientTour;

internal static class Requesting
{
    public static async Task RunAsync(MqttClient service, MqttClient client)
    {
        // The service: answers go to the request's response topic, with its correlation data.
        await using var served = await service.SubscribeAsync(
            "services/greeting",
            async (request, cancel) => await service.RespondAsync(request, Encoding.UTF8.GetBytes($"hello, {request.Text}"), cancellationToken: cancel),
            QoS.AtLeastOnce);

        // The client: any number of requests at once, each finds its own answer. TimeoutException if none comes.
        var answer = await client.RequestAsync("services/greeting", "world"u8.ToArray(), TimeSpan.FromSeconds(10), QoS.AtLeastOnce);
        Console.WriteLine(answer.Text);
    }
}
