using Amqtt.Client;
using Amqtt.Client.Configuration;

namespace ClientTour;

internal static class Connecting
{
    public static async Task RunAsync(string uri)
    {
        await using var client = new MqttClient(new ClientOptions
        {
            Connection = new() { Uri = uri },              // mqtt, mqtts, ws, wss or unix
            CleanSession = false,                          // the broker keeps subscriptions and messages while we are away
            ReconnectRetries = -1,                         // come back for ever ...
            ReconnectMaxInterval = TimeSpan.FromSeconds(30), // ... waiting 2, 4, 8, 16, 30, 30 ... seconds before
            Will = new() { Topic = "tour/status", Message = "gone"u8.ToArray(), Retain = true },
        });
        client.StateChanged += (_, e) => Console.WriteLine($"state: {e.State}");

        var answer = await client.ConnectAsync();          // ConnectException: its ReturnCode says why
        Console.WriteLine($"connected as {answer.ClientId}, session present: {answer.SessionPresent}");
        await client.DisconnectAsync();                    // sends what was accepted, then DISCONNECT
    }
}
