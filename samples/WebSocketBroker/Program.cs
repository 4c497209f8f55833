// A broker for browsers: MQTT over WebSocket beside plain MQTT. It runs until Ctrl-C; with --once it talks to itself over both, and ends.
using Amqtt.AspNetCore;
using Amqtt.Broker;
using Amqtt.Broker.Configuration;
using Samples;

var once = args is ["--once"];
var options = new BrokerOptions();
options.Listeners["default"].Bind = ListenEndpoint.Parse(once ? "127.0.0.1:0" : "127.0.0.1:1883");
options.Listeners["web"] = new ListenerOptions
{
    Type = ListenerType.Ws,
    Bind = ListenEndpoint.Parse(once ? "127.0.0.1:0" : "127.0.0.1:8883"),
    AllowedOrigins = AllowedOrigins.Of("https://app.example.com"), // whose pages may connect; clients that are no browsers always may
};
options.Listeners.AddWebSockets();
await using var broker = await MqttBroker.StartAsync(options);
foreach (var listener in broker.Endpoints)
    Console.WriteLine($"{listener.Key}: {string.Join(", ", listener)}");

if (once)
    return await Exchange.RunAsync($"ws://{broker.Endpoints["web"].First()}") && await Exchange.RunAsync($"mqtt://{broker.Endpoints["default"].First()}") ? 0 : 1;

var stop = new TaskCompletionSource();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true;
    stop.TrySetResult();
};
await stop.Task;
return 0;
